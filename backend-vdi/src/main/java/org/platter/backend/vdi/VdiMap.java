// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.platter.storage.Storage;
import org.platter.table.EntryTable;

/**
 * The block map of an image in one layout of its file: for each block of the disk the physical block, or {@link #ZERO}
 * or {@link #FREE}. Entries are read in pages when they are needed and change in memory until {@link #flush}. Reading
 * takes no lock; one thread at a time changes. Source: docs/formats/vdi.md, section 4.
 */
final class VdiMap {
    /** Entry of a block that only the parent knows. */
    static final int FREE = 0xFFFF_FFFF;

    /** Entry of a block of zeroes. */
    static final int ZERO = 0xFFFF_FFFE;

    /** Entries that are read together. */
    static final int PAGE = 1 << 14;

    private static final int CHUNK = 1 << 20;

    private final long dataPosition;
    private final VdiSizes sizes;
    private final int shift;
    private final EntryTable table;

    VdiMap(Storage storage, VdiHeader header) {
        dataPosition = header.dataPosition();
        sizes = header.sizes();
        shift = Long.numberOfTrailingZeros(sizes.block());
        long position = header.mapPosition();
        table = new EntryTable(
                storage,
                ByteOrder.LITTLE_ENDIAN,
                sizes.needed(),
                PAGE,
                page -> position + (long) page * PAGE * Integer.BYTES);
    }

    /** True if an entry names a physical block. */
    static boolean data(int entry) {
        return entry != FREE && entry != ZERO;
    }

    /** Blocks of the disk, the last one may be cut by its end. */
    long blocks() {
        return table.entries();
    }

    /** Bytes of the disk. */
    long disk() {
        return sizes.disk();
    }

    long blockSize() {
        return sizes.block();
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
        return Math.min(sizes.block(), sizes.disk() - offset(block));
    }

    /** Where the bytes of a physical block start in the file. */
    long position(long physical) {
        return dataPosition + physical * sizes.stride() + sizes.extra();
    }

    /** The physical block whose bytes start at a position, or -1. */
    long physical(long at) {
        long from = at - dataPosition - sizes.extra();
        return from >= 0 && from % sizes.stride() == 0 ? from / sizes.stride() : -1;
    }

    /** How many physical blocks a file of this size has or begins. */
    long present(long fileEnd) {
        return Math.max(0, (fileEnd - dataPosition + sizes.stride() - 1) / sizes.stride());
    }

    /** True if neighbouring physical blocks touch. */
    boolean dense() {
        return sizes.extra() == 0;
    }

    int entry(long block) throws IOException {
        return table.get(block);
    }

    /** The end of the stretch of entries equal to that of {@code block}, at most {@code end}. */
    long runEnd(long block, long end) throws IOException {
        return table.runEnd(block, end);
    }

    /** The end of the stretch of blocks that lie one after the other in the file, at most {@code end}. */
    long adjacentEnd(long block, long end) throws IOException {
        long next = block + 1;
        if (dense() && next < end) {
            int entry = entry(block);
            long stop = Math.min(end, (block / PAGE + 1) * PAGE); // other pages may not be trusted
            while (next < stop && data(++entry) && entry(next) == entry) {
                next++;
            }
        }
        return next;
    }

    void set(long block, int entry) throws IOException {
        table.set(block, entry);
    }

    void fill(long from, long to, int entry) throws IOException {
        table.fill(from, to, entry);
    }

    boolean changed() {
        return table.changed();
    }

    /** Writes changed entries, without making them durable. */
    void flush() throws IOException {
        table.flush();
    }

    /** Where entries come from, one call each, in order. */
    @FunctionalInterface
    interface Entries {
        int entry(long block) throws IOException;
    }

    /** Writes entries {@code from} to {@code to} of a map at {@code position} to a file. */
    static void write(Storage storage, long position, long from, long to, Entries entries) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(CHUNK, (to - from) * Integer.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (long block = from; block < to; ) {
            long at = position + Integer.BYTES * block;
            buffer.clear();
            while (block < to && buffer.hasRemaining()) {
                buffer.putInt(entries.entry(block++));
            }
            storage.write(buffer.flip(), at);
        }
    }
}
