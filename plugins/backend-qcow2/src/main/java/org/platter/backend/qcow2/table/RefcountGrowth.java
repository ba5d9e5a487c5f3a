// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.table;

import java.io.IOException;

/**
 * Sees to it that there is a counter for each cluster that is about to be counted: blocks are added, and where the table
 * has no room for them, a longer table. Both are clusters that need counters themselves, so it goes on until nothing is
 * missing. Nothing in the file refers to any of it yet.
 */
final class RefcountGrowth {
    private final Volume volume;
    private final Refcounts counts;
    private final Space space;

    RefcountGrowth(Volume volume) {
        this.volume = volume;
        counts = volume.refcounts();
        space = volume.space();
    }

    void run() throws IOException {
        for (int at = space.nextFresh(0); at >= 0; ) {
            if (counts.beyond(at)) {
                growTable(at);
                at = space.nextFresh(0);
            } else if (counts.block(counts.blockOf(at)) == 0) {
                addBlock(counts.blockOf(at));
                at = space.nextFresh(0); // the block may lie before
            } else {
                long next = Math.min((counts.blockOf(at) + 1) * counts.perBlock(), Space.MOST);
                at = space.nextFresh((int) next);
            }
        }
    }

    /** Makes a counter for a cluster. */
    void ensure(int cluster) throws IOException {
        if (counts.beyond(cluster)) {
            growTable(cluster);
        }
        if (counts.block(counts.blockOf(cluster)) == 0) {
            addBlock(counts.blockOf(cluster));
        }
    }

    private void addBlock(long index) throws IOException {
        int cluster = space.one();
        long position = volume.sizes().at(cluster);
        volume.storage().zero(position, volume.sizes().size());
        counts.setBlock(index, position);
        volume.referred(Changes.Kind.STRUCTURE, cluster, -1);
    }

    private void growTable(int cluster) throws IOException {
        long perCluster = counts.perBlock() * volume.sizes().tableWords();
        long high = Math.max(cluster, space.high());
        long needed = high / perCluster + 1;
        int wanted = (int) Math.max(needed + needed / 2, counts.tableClusters() + 1);
        int first = space.row(wanted);
        long position = volume.sizes().at(first);
        volume.storage().zero(position, volume.sizes().at(wanted));
        long old = counts.position();
        long oldCount = counts.tableClusters();
        counts.growTo(position, wanted);
        for (int i = 0; i < wanted; i++) {
            volume.referred(Changes.Kind.STRUCTURE, first + i, -1);
        }
        if (old != volume.head().header().refcountsPosition()) { // grew twice before the header knew
            for (int i = 0; i < oldCount; i++) {
                volume.released(Changes.Kind.STRUCTURE, (int) (volume.sizes().of(old) + i), -1);
            }
        }
    }
}
