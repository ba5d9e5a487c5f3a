// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.table;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.platter.backend.qcow2.layout.Entry;

/**
 * Moves tables from the end of the file into holes, so that the end can be cut off: L1 and L2 tables that belong to the
 * present state of the disk, blocks of counters and their table. Blocks that count nothing go. It stops at the first cluster from the end
 * that is anything else, or when no hole is left in front. All of it takes effect by commits, so that a loss of power in
 * between leaves a whole image. For one thread at a time.
 */
public final class Tidy {
    private static final int MOST_MOVES = 4096; // between commits

    private final Volume volume;
    private final Space space;
    private final Refcounts counts;
    private final Map<Integer, Long> tables = new HashMap<>(); // by cluster
    private final Map<Integer, Long> blocks = new HashMap<>();

    /** Looks at an image whose changes are durable. */
    public Tidy(Volume volume) {
        this.volume = volume;
        space = volume.space();
        counts = volume.refcounts();
    }

    /** Moves what can be moved, durably. */
    public void run() throws IOException {
        if (space.firstFree() >= space.high() - 1 && !endIsBlock()) {
            return;
        }
        index();
        while (round()) {
            volume.commit();
        }
    }

    /** A block at the end may count only itself. */
    private boolean endIsBlock() throws IOException {
        long last = space.high() - 1L;
        long index = counts.blockOf(last);
        return index < counts.tableSize()
                && counts.block(index) == volume.sizes().at(last)
                && droppable(index);
    }

    private void index() throws IOException {
        for (long i = 0; i < volume.map().tables(); i++) {
            long entry = volume.map().l1(i);
            if (Entry.copied(entry)) {
                tables.put((int) volume.sizes().of(Entry.position(entry)), i);
            }
        }
        for (long i = 0; i < counts.tableSize(); i++) {
            if (counts.block(i) != 0) {
                blocks.put((int) volume.sizes().of(counts.block(i)), i);
            }
        }
    }

    private boolean round() throws IOException {
        int moves = 0;
        int at = space.lastKept(space.high());
        boolean pays = pays(at);
        while (at >= 0 && moves < MOST_MOVES && settle(at, pays)) {
            moves++;
            at = space.lastKept(at);
        }
        return moves == 0 && pays && moveLarge(at) || moves > 0;
    }

    /** Moves the refcount table or the L1 table if the cluster is part of it. */
    private boolean moveLarge(int cluster) throws IOException {
        int first = start(cluster);
        int count = cluster - first + 1;
        int place = first > 0 && space.firstFree() < first ? space.rowBefore(count, first) : -1;
        if (place < 0) {
            return false;
        }
        long size = volume.sizes().at(count);
        if (volume.sizes().of(counts.position()) == first) {
            volume.storage().zero(volume.sizes().at(place), size);
            counts.growTo(volume.sizes().at(place), count);
            for (int i = 0; i < count; i++) {
                volume.referred(Changes.Kind.STRUCTURE, place + i, -1);
            }
        } else {
            volume.moveL1(volume.map().disk(), volume.map().l1Size(), place);
        }
        return true;
    }

    /** The first cluster of the refcount table or the L1 table if the cluster is part of it, or -1. */
    private int start(int cluster) {
        long table = volume.sizes().of(counts.position());
        long l1 = volume.sizes().of(volume.map().l1Position());
        if (cluster >= table && cluster < table + counts.tableClusters()) {
            return (int) table;
        }
        boolean inL1 =
                cluster >= l1 && cluster < l1 + volume.sizes().up(volume.map().l1Size() * Long.BYTES);
        return inL1 ? (int) l1 : -1;
    }

    /** True if the file gets shorter by more than the tables at its end: there are holes between them. */
    private boolean pays(int last) {
        int tablesAtEnd = 0;
        int at = last;
        while (at >= 0 && (tables.containsKey(at) || blocks.containsKey(at) || start(at) > 0)) {
            tablesAtEnd++;
            at = space.lastKept(at);
        }
        return last - at > tablesAtEnd;
    }

    /** True if the cluster was let go. */
    private boolean settle(int cluster, boolean move) throws IOException {
        Long block = blocks.get(cluster);
        if (block != null && droppable(block)) {
            blocks.remove(cluster);
            drop(block, cluster);
            return true;
        }
        boolean hole = move && space.firstFree() < cluster;
        if (hole && block != null) {
            moveBlock(block, cluster);
            return true;
        }
        Long table = tables.get(cluster);
        if (hole && table != null) {
            int place = copied(cluster);
            volume.move(table, volume.map().l1(table), place);
            tables.remove(cluster);
            tables.put(place, table);
            return true;
        }
        return false;
    }

    /** True if the block counts nothing but itself. The first one stays. */
    private boolean droppable(long index) throws IOException {
        int self = (int) volume.sizes().of(counts.block(index));
        long first = index * counts.perBlock();
        int next = space.nextUsed((int) Math.min(first, Space.MOST), self);
        return index > 0 && (next < 0 || next >= first + counts.perBlock());
    }

    private void drop(long index, int cluster) throws IOException {
        counts.setBlock(index, 0); // and with it the counter of the block itself, if that is in there
        volume.released(Changes.Kind.STRUCTURE, cluster, -1);
    }

    private void moveBlock(long index, int cluster) throws IOException {
        int place = copied(cluster);
        counts.setBlock(index, volume.sizes().at(place));
        volume.referred(Changes.Kind.STRUCTURE, place, -1);
        volume.released(Changes.Kind.STRUCTURE, cluster, -1);
        blocks.remove(cluster);
        blocks.put(place, index);
    }

    /** A reserved cluster with the same content. */
    private int copied(int cluster) throws IOException {
        int place = space.one();
        long size = volume.sizes().size();
        volume.storage()
                .transferTo(
                        volume.sizes().at(cluster),
                        size,
                        volume.storage(),
                        volume.sizes().at(place));
        return place;
    }
}
