// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.platter.storage.Storage;
import org.platter.table.EntryTable;

/**
 * The block allocation table of an image and the sector bitmaps of its blocks, as one map. Both are read in pages when
 * they are needed and change in memory until they are stored. Reading takes no lock; one thread at a time changes.
 * Source: docs/formats/vhd.md, section 5.
 */
final class VhdMap {
    /** Entry of a block that is not in the file. */
    static final int FREE = 0xFFFF_FFFF;

    static final int SECTOR = 512;

    private static final int WORD = Integer.SIZE;

    private final long size;
    private final long blockSize;
    private final int shift;
    private final int words; // of a bitmap
    private final EntryTable table;
    private final EntryTable bitmaps; // a page for each block
    private final Map<Integer, Long> old = new ConcurrentHashMap<>(); // where blocks were that have just become free
    private int fresh; // bitmaps of new blocks since they were last stored
    private boolean unflushed; // entries were stored, but may not be durable

    VhdMap(Storage storage, VhdHeader header, long size) {
        this.size = size;
        blockSize = header.blockSize();
        shift = Long.numberOfTrailingZeros(blockSize);
        words = (int) (bitmapBytes(blockSize) / Integer.BYTES);
        table = EntryTable.contiguous(storage, ByteOrder.BIG_ENDIAN, header.tablePosition(), blocks());
        bitmaps = new EntryTable(storage, ByteOrder.BIG_ENDIAN, blocks() * words, words, this::bitmapPosition);
    }

    /** Bytes of the bitmap of a block. */
    static long bitmapBytes(long blockSize) {
        long bits = SECTOR * Byte.SIZE; // of a sector of bitmap
        return (blockSize / SECTOR + bits - 1) / bits * SECTOR;
    }

    static long position(int entry) {
        return Integer.toUnsignedLong(entry) * SECTOR;
    }

    private long bitmapPosition(int block) throws IOException {
        int entry = table.get(block);
        return entry == FREE ? old.getOrDefault(block, -1L) : position(entry);
    }

    /** Bytes of the disk. */
    long size() {
        return size;
    }

    long blockSize() {
        return blockSize;
    }

    /** Bytes of a block's bitmap, which its data follow. */
    long bitmapBytes() {
        return (long) words * Integer.BYTES;
    }

    /** Bytes that a block takes in the file. */
    long footprint() {
        return bitmapBytes() + blockSize;
    }

    /** Blocks of the disk; the last one may be cut by its end. */
    long blocks() {
        return (size + blockSize - 1) >>> shift;
    }

    /** The block that an offset is in. */
    long block(long offset) {
        return offset >>> shift;
    }

    /** Where a block starts on the disk. */
    long offset(long block) {
        return block << shift;
    }

    /** How much of a block the disk has, bytes. */
    long visible(long block) {
        return Math.min(blockSize, size - offset(block));
    }

    int entry(long block) throws IOException {
        return table.get(block);
    }

    /** The end of the stretch of entries equal to that of {@code block}, at most {@code end}. */
    long runEnd(long block, long end) throws IOException {
        return table.runEnd(block, end);
    }

    /** True if a sector of a block has its bit. */
    boolean has(long block, long sector) throws IOException {
        return bitmaps.get(block * words + sector / WORD) << sector % WORD < 0;
    }

    /** The first sector from {@code from} on with another bit than that one, or {@code to}. */
    long sameEnd(long block, long from, long to) throws IOException {
        int same = has(block, from) ? -1 : 0;
        long base = block * words;
        long at = from + Integer.numberOfLeadingZeros((bitmaps.get(base + from / WORD) ^ same) << from % WORD);
        long next = from / WORD * WORD + WORD;
        if (at < next) {
            return Math.min(at, to);
        }
        for (at = next; at < to; at += WORD) {
            int word = bitmaps.get(base + at / WORD) ^ same;
            if (word == 0) {
                long end = bitmaps.runEnd(base + at / WORD, base + (to + WORD - 1) / WORD);
                at = (end - base - 1) * WORD;
            } else {
                return Math.min(to, at + Integer.numberOfLeadingZeros(word));
            }
        }
        return to;
    }

    /** Gives a block another place; its bitmap is to be set anew, or moves along. */
    void place(long block, int entry) throws IOException {
        int before = table.get(block);
        bitmaps.forget((int) block);
        if (before != FREE) {
            old.put((int) block, position(before));
        }
        table.set(block, entry);
    }

    /** Sets all bits of a block that has a new place: all ones, or all zeroes. */
    void fill(long block, boolean set) throws IOException {
        bitmaps.fill(block * words, (block + 1) * words, set ? -1 : 0);
        fresh++;
    }

    /** Sets or clears the bits of a block's sectors. */
    void mark(long block, long from, long to, boolean set) throws IOException {
        for (long at = from; at < to; ) {
            long next = Math.min(to, at / WORD * WORD + WORD);
            int mask = -1 >>> at % WORD & -1 << (WORD - 1 - (next - 1) % WORD);
            long index = block * words + at / WORD;
            int word = bitmaps.get(index);
            bitmaps.set(index, set ? word | mask : word & ~mask);
            at = next;
        }
    }

    /** How many bitmaps of new blocks are kept in memory for {@link #storeBitmaps}. */
    int fresh() {
        return fresh;
    }

    boolean bitmapsChanged() {
        return bitmaps.changed();
    }

    /** Writes changed bitmaps, without making them durable. */
    void storeBitmaps() throws IOException {
        bitmaps.flush();
        fresh = 0;
    }

    boolean entriesChanged() {
        unflushed |= table.changed();
        return unflushed;
    }

    /** Makes changed entries durable; the old places of blocks are out of use then. */
    void flushEntries(Storage storage) throws IOException {
        table.flush();
        storage.flush();
        unflushed = false;
        for (int block : old.keySet()) {
            if (table.get(block) == FREE) {
                bitmaps.forget(block);
            }
        }
        old.clear();
    }
}
