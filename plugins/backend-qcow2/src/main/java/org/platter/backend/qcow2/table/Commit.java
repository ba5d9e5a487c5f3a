// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.table;

import java.io.IOException;
import org.platter.storage.Storage;

/**
 * The order in which changes reach the file. Counters in the file are never lower than the number of references that the
 * tables in the file have, and a table never names what is not there, at any moment:
 *
 * <ol>
 *   <li>a data file is flushed, if there is one
 *   <li>new blocks of counters, zeroed, and raised counters; flush, which covers data in this file as well, also
 *       where subclusters of clusters that were there have become visible
 *   <li>a refcount table that names the new blocks; flush; if it is a longer one, then a header that names it; flush
 *   <li>entries of L2 tables, new tables whole; flush
 *   <li>entries of the L1 table; flush
 *   <li>lowered counters of what was let go; from then on that may be handed out again
 *   <li>the end of the file is cut off
 * </ol>
 *
 * What has not changed is skipped. After a failure all that may not be durable still counts as changed. At worst a loss
 * of power leaves clusters that are counted and not referred to. For one thread at a time.
 */
final class Commit {
    private final Volume volume;
    private boolean tablesWritten; // but maybe not durable
    private boolean l1Written;
    private boolean blocksWritten;
    private boolean tableWritten;

    Commit(Volume volume) {
        this.volume = volume;
    }

    /** Makes everything durable. */
    void run() throws IOException {
        Storage storage = volume.storage();
        Space space = volume.space();
        ClusterMap map = volume.map();
        if (volume.data() != storage) {
            volume.data().flush();
        }
        boolean flushed = raise();
        if (volume.hasDataInPlace() && !flushed) {
            storage.flush();
        }
        volume.dataFlushed();
        tablesWritten |= map.tablesChanged();
        if (tablesWritten) {
            map.flushTables();
            storage.flush();
            tablesWritten = false;
            flushed = true;
        }
        l1Written |= map.l1Changed();
        if (l1Written) {
            map.flushL1();
            storage.flush();
            l1Written = false;
            flushed = true;
        }
        if (!flushed) {
            storage.flush();
        }
        lower(space);
        cut(storage, volume.sizes().at(space.high()));
    }

    /** Counts what is new. True if the storage was flushed. */
    private boolean raise() throws IOException {
        Refcounts counts = volume.refcounts();
        Space space = volume.space();
        if (space.hasFresh()) {
            new RefcountGrowth(volume).run();
            for (int at = space.nextFresh(0); at >= 0; at = space.nextFresh(at + 1)) {
                counts.set(at, space.references(at));
            }
        }
        for (int at = space.nextAdded(); at >= 0; at = space.nextAdded()) {
            counts.set(at, counts.get(at) + space.timesAdded(at));
            space.raised(at);
        }
        blocksWritten |= space.hasFresh() || counts.blocksChanged();
        boolean flushed = blocksWritten;
        if (blocksWritten) {
            counts.flushBlocks();
            volume.storage().flush();
            blocksWritten = false;
        }
        tableWritten |= counts.tableChanged();
        if (tableWritten) {
            counts.flushTable();
            volume.storage().flush();
            tableWritten = false;
        }
        adoptTable();
        space.counted();
        return flushed;
    }

    private void adoptTable() throws IOException {
        Refcounts counts = volume.refcounts();
        HeadFile head = volume.head();
        long old = head.header().refcountsPosition();
        long count = head.header().refcountsClusters();
        if (old != counts.position()) {
            head.replace(head.header().withRefcounts(counts.position(), counts.tableClusters()));
            for (long i = 0; i < count; i++) {
                volume.released(Changes.Kind.STRUCTURE, (int) (volume.sizes().of(old) + i), -1);
            }
        }
    }

    private void lower(Space space) throws IOException {
        Refcounts counts = volume.refcounts();
        for (int at = space.nextReleased(); at >= 0; at = space.nextReleased()) {
            long counted = counts.get(at); // 0 for a block that counted itself and is gone
            long left = Math.max(0, counted - space.timesReleased(at));
            if (left != counted) {
                counts.set(at, left);
            }
            space.settled(at, left == 0);
        }
        for (int at = space.nextDropped(); at >= 0; at = space.nextDropped()) {
            if (counts.get(at) != 0) {
                counts.set(at, 0); // a commit that failed had counted it
            }
            space.settled(at, true);
        }
        if (counts.blocksChanged()) {
            counts.flushBlocks();
        }
    }

    private static void cut(Storage storage, long end) throws IOException {
        if (storage.size() > end) {
            storage.resize(end);
        }
    }
}
