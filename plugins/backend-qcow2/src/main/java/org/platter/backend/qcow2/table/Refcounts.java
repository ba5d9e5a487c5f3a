// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.table;

import java.io.IOException;
import org.platter.backend.qcow2.layout.Bad;
import org.platter.backend.qcow2.layout.Clusters;
import org.platter.storage.Storage;

/**
 * How many references each cluster of the file has, as the file says it: a table of blocks of counters, read when they
 * are needed and changed in memory until they are flushed. For one thread at a time. Source: docs/formats/qcow2.md,
 * section 6.
 */
public final class Refcounts {
    private static final int MOST_PAGE = 1 << 13; // words

    private final Storage storage;
    private final Clusters clusters;
    private final int order; // a counter has 1 << order bits
    private long position;
    private LongTable table;
    private LongTable blocks;
    private final int slices;
    private final int pageWords;

    /** The counters whose table is there; a counter has {@code 1 << order} bits. */
    public Refcounts(Storage storage, Clusters clusters, int order, long position, long tableClusters) {
        this.storage = storage;
        this.clusters = clusters;
        this.order = order;
        pageWords = Math.min(clusters.tableWords(), MOST_PAGE);
        slices = clusters.tableWords() / pageWords;
        this.position = position;
        table = LongTable.contiguous(storage, "QCOW2 refcount table", position, tableClusters * clusters.tableWords());
        blocks = blocks();
    }

    private LongTable blocks() {
        long words = Math.min(table.entries() * clusters.tableWords(), (long) Integer.MAX_VALUE * pageWords);
        return new LongTable(storage, "QCOW2 refcount block", words, pageWords, this::pagePosition);
    }

    private long pagePosition(int page) throws IOException {
        long block = page / slices;
        long at = table.get(block);
        String fault = fault(block, at, storage.size());
        if (!fault.isEmpty()) {
            throw Bad.corrupt(fault);
        }
        return at == 0 ? -1 : at + (long) (page % slices) * (clusters.size() / slices);
    }

    /** What is wrong with an entry of the table, or nothing. */
    public String fault(long block, long at, long fileEnd) {
        if (at < 0 || at % clusters.size() != 0 || at > 0 && at > fileEnd - clusters.size()) {
            return "refcount table: entry " + block + " is 0x" + Long.toHexString(at)
                    + ", no place of a block in a file of " + fileEnd + " bytes";
        }
        return "";
    }

    /** Where the table is. */
    public long position() {
        return position;
    }

    /** How many clusters the table takes. */
    public long tableClusters() {
        return table.entries() / clusters.tableWords();
    }

    /** Entries of the table. */
    public long tableSize() {
        return table.entries();
    }

    /** Where a block is, or 0. */
    public long block(long index) throws IOException {
        return table.get(index);
    }

    /** How many clusters a block is for. */
    public long perBlock() {
        return (long) clusters.size() << 3 >>> order;
    }

    /** The block of a cluster. */
    public long blockOf(long cluster) {
        return cluster / perBlock();
    }

    /** The most that a counter can say. */
    public long most() {
        return order == 6 ? Long.MAX_VALUE : (1L << (1 << order)) - 1;
    }

    /** The counter of a cluster; 0 where there is no block. */
    public long get(long cluster) throws IOException {
        long block = blockOf(cluster);
        if (block >= table.entries() || table.get(block) == 0) {
            return 0;
        }
        long bit = cluster << order;
        return blocks.get(bit >>> 6) >>> shift(bit) & mask();
    }

    private long mask() {
        return order == 6 ? -1 : most();
    }

    /** Words are big-endian; counters of less than a byte begin at its low end. */
    private int shift(long bit) {
        int inWord = (int) (bit & 63);
        return order >= 3 ? 64 - (1 << order) - inWord : 56 - (inWord & ~7) + (inWord & 7);
    }

    /** Changes the counter of a cluster, whose block must be there. */
    void set(long cluster, long value) throws IOException {
        long bit = cluster << order;
        int shift = shift(bit);
        long word = blocks.get(bit >>> 6);
        blocks.set(bit >>> 6, word & ~(mask() << shift) | (value & mask()) << shift);
    }

    /** True if the table has no entry for the block of this cluster. */
    boolean beyond(long cluster) {
        return blockOf(cluster) >= table.entries();
    }

    /** Names another place for a block. What is in memory of it stays valid, unless the place is 0. */
    void setBlock(long index, long at) throws IOException {
        table.set(index, at);
        if (at == 0) {
            blocks.drop((int) index * slices, (int) (index + 1) * slices);
        } else {
            blocks.moved();
        }
    }

    /** The same counters with a longer table elsewhere, which is written by {@link #flushTable}. */
    void growTo(long newPosition, long newClusters) throws IOException {
        LongTable larger =
                LongTable.contiguous(storage, "QCOW2 refcount table", newPosition, newClusters * clusters.tableWords());
        for (long i = 0; i < table.entries(); i++) {
            long at = table.get(i);
            if (at != 0) {
                larger.set(i, at);
            }
        }
        blocks.flush();
        position = newPosition;
        table = larger;
        blocks = blocks();
    }

    boolean blocksChanged() {
        return blocks.changed();
    }

    boolean tableChanged() {
        return table.changed();
    }

    void flushBlocks() throws IOException {
        blocks.flush();
    }

    void flushTable() throws IOException {
        table.flush();
    }
}
