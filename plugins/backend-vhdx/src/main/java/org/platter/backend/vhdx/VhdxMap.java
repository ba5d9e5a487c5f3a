// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx;

import java.io.IOException;
import java.util.Map;
import org.platter.backend.vhdx.layout.Bytes;
import org.platter.backend.vhdx.layout.Extent;
import org.platter.backend.vhdx.layout.Metadata;
import org.platter.backend.vhdx.table.LongTable;
import org.platter.storage.Storage;

/**
 * The block allocation table of an image and the sector bitmaps in it, as one map. Reading takes no lock; one thread at a
 * time changes. Source: docs/formats/vhdx.md, section 5.
 */
final class VhdxMap {
    static final int NOT_PRESENT = 0;
    static final int ZERO = 2;
    static final int UNMAPPED = 3;
    static final int FULL = 6;
    static final int PARTIAL = 7;

    private static final long CHUNK_SECTORS = 1 << 23;
    private static final int WORDS = (int) (Bytes.MIB / Long.BYTES); // of a bitmap block
    private static final int PAGES = (int) (Bytes.MIB >> 16); // of a bitmap block

    private final long size;
    private final long blockSize;
    private final int sectorSize;
    private final boolean differencing;
    private final long ratio;
    private final LongTable bat;
    private final LongTable bits;

    VhdxMap(Storage storage, Extent place, Metadata metadata) throws IOException {
        size = metadata.size();
        blockSize = metadata.blockSize();
        sectorSize = metadata.sectorSize();
        differencing = metadata.differencing();
        ratio = CHUNK_SECTORS * sectorSize / blockSize;
        long entries = Bytes.up(entries(size, blockSize, sectorSize, true), LongTable.SECTOR / Long.BYTES);
        long needed = entries(size, blockSize, sectorSize, differencing);
        long room = (place.to() - place.from()) / Long.BYTES;
        if (needed > room) {
            throw Bytes.bad("block table: " + needed + " entries for a disk of " + size + " bytes, the region has room"
                    + " for " + room);
        }
        bat = new LongTable(storage, Math.min(entries, room), page -> place.from() + ((long) page << 16));
        bits = new LongTable(storage, chunks() * WORDS, this::bitmapPage);
    }

    /** Entries of a table for such a disk. */
    static long entries(long size, long blockSize, int sectorSize, boolean differencing) {
        long ratio = CHUNK_SECTORS * sectorSize / blockSize;
        long blocks = (size + blockSize - 1) / blockSize;
        return differencing ? (blocks + ratio - 1) / ratio * (ratio + 1) : blocks + (blocks - 1) / ratio;
    }

    static int state(long entry) {
        return (int) (entry & 7);
    }

    static long position(long entry) {
        return entry >>> 20 << 20;
    }

    static boolean inFile(long entry) {
        return state(entry) >= FULL;
    }

    private long bitmapPage(int page) throws IOException {
        long entry = bitmap(page / PAGES);
        return state(entry) == FULL ? position(entry) + ((long) (page % PAGES) << 16) : -1;
    }

    long size() {
        return size;
    }

    long blockSize() {
        return blockSize;
    }

    int sectorSize() {
        return sectorSize;
    }

    boolean differencing() {
        return differencing;
    }

    long blocks() {
        return (size + blockSize - 1) / blockSize;
    }

    long chunks() {
        return (blocks() + ratio - 1) / ratio;
    }

    long chunk(long block) {
        return block / ratio;
    }

    long chunkStart(long chunk) {
        return chunk * ratio;
    }

    /** The first block behind a chunk, at most the number of blocks. */
    long chunkEnd(long chunk) {
        return Math.min(blocks(), (chunk + 1) * ratio);
    }

    long offset(long block) {
        return block * blockSize;
    }

    /** How much of a block the disk has, bytes. */
    long visible(long block) {
        return Math.min(blockSize, size - offset(block));
    }

    long entry(long block) throws IOException {
        return bat.get(block + block / ratio);
    }

    void set(long block, int state, long position) throws IOException {
        bat.set(block + block / ratio, position | state);
    }

    /** The entry of a chunk's bitmap; none where the table ends before. */
    long bitmap(long chunk) throws IOException {
        long index = (chunk + 1) * (ratio + 1) - 1;
        return index < bat.entries() ? bat.get(index) : 0;
    }

    void setBitmap(long chunk, long entry) throws IOException {
        bat.set((chunk + 1) * (ratio + 1) - 1, entry);
    }

    void forgetBits(long chunk) {
        for (int page = 0; page < PAGES; page++) {
            bits.forget((int) (chunk * PAGES + page));
        }
    }

    private long bit(long block, long sector) {
        return block / ratio * CHUNK_SECTORS + block % ratio * (blockSize / sectorSize) + sector;
    }

    /** True if a sector of a partial block is in the file. */
    boolean has(long block, long sector) throws IOException {
        long bit = bit(block, sector);
        return (bits.get(bit >>> 6) >>> bit & 1) != 0;
    }

    /** The first sector from {@code from} on with another bit than that one, or {@code to}. */
    long sameEnd(long block, long from, long to) throws IOException {
        long flip = has(block, from) ? -1 : 0;
        long base = bit(block, 0);
        for (long at = base + from; at < base + to; ) {
            int same = Long.numberOfTrailingZeros((bits.get(at >>> 6) ^ flip) >>> at);
            int rest = 64 - (int) (at & 63);
            if (same < rest) {
                return Math.min(to, at + same - base);
            }
            at += rest;
        }
        return to;
    }

    void mark(long block, long from, long to, boolean set) throws IOException {
        long base = bit(block, 0);
        for (long at = base + from; at < base + to; ) {
            long next = Math.min(base + to, (at | 63) + 1);
            long mask = -1L >>> 64 - (next - at) << at;
            long word = bits.get(at >>> 6);
            bits.set(at >>> 6, set ? word | mask : word & ~mask);
            at = next;
        }
    }

    /** How many pages of both tables must stay in memory. */
    int dirtyPages() {
        return bat.dirtyPages() + bits.dirtyPages();
    }

    /** Adds changed sectors, bitmaps first. */
    void changes(Map<Long, byte[]> target) throws IOException {
        bits.changes(target);
        bat.changes(target);
    }

    void clean() {
        bits.clean();
        bat.clean();
    }
}
