// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.table;

import java.io.IOException;
import java.util.BitSet;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import org.platter.backend.qcow2.layout.Clusters;
import org.platter.backend.qcow2.layout.Entry;
import org.platter.backend.qcow2.layout.Head;
import org.platter.backend.qcow2.layout.Header;
import org.platter.storage.Storage;

/**
 * The parts of one image that is open, and the changes that concern several of them: an entry that is replaced, an L2
 * table that comes, moves or goes. Each keeps the books of {@link Space}, and nothing of it is in the file before
 * {@link #commit}. For one thread at a time, but for {@link #map()} and what only reads.
 */
public final class Volume {
    /** Changed tables are written when they take that much memory. */
    private static final long MOST_CHANGED = 64L << 20;

    private final Storage storage;
    private final Storage data;
    private final HeadFile head;
    private final Clusters sizes;
    private final Refcounts refcounts;
    private final Commit commit;
    private final TreeSet<Long> thinned = new TreeSet<>(); // L2 tables that may have become empty
    private volatile ClusterMap map;
    private Space space = new Space(new BitSet());
    private Changes watcher = Changes.NONE;
    private boolean dataInPlace;
    private LongConsumer streamLetGo = entry -> {};

    /** An image in a file, with its data there or in another one. */
    public Volume(Storage storage, Storage data, Head first) {
        this.storage = storage;
        this.data = data;
        head = new HeadFile(storage, first);
        Header header = first.header();
        sizes = header.clusters();
        refcounts = new Refcounts(
                storage, sizes, header.refcountOrder(), header.refcountsPosition(), header.refcountsClusters());
        map = new ClusterMap(storage, sizes, header.size(), header.l1Position(), header.l1Size());
        commit = new Commit(this);
    }

    /** The file. */
    public Storage storage() {
        return storage;
    }

    /** The file that has the data: the same, or the external one. */
    public Storage data() {
        return data;
    }

    /** True if data is in another file, where each cluster is at its offset on the disk. */
    public boolean external() {
        return data != storage;
    }

    /** The first cluster. */
    public HeadFile head() {
        return head;
    }

    /** Sizes of everything. */
    public Clusters sizes() {
        return sizes;
    }

    /** L1 and L2 tables as they are now. */
    public ClusterMap map() {
        return map;
    }

    /** The counters. */
    public Refcounts refcounts() {
        return refcounts;
    }

    /** What is in use. */
    public Space space() {
        return space;
    }

    /** From now on this is what is in use. */
    public void space(Space known) {
        space = known;
    }

    /** From now on the tables are these. */
    public void map(ClusterMap other) {
        map = other;
    }

    /** Who is told of changes from now on; gives who was before. */
    public Changes watch(Changes listener) {
        Changes before = watcher;
        watcher = listener;
        return before;
    }

    /** There is one more reference to a cluster that is reserved or fresh. */
    public void referred(Changes.Kind kind, int cluster, long table) {
        space.refer(cluster);
        watcher.changed(kind, cluster, 1, table);
    }

    /** There is one reference less. */
    public void released(Changes.Kind kind, int cluster, long table) {
        space.release(cluster);
        watcher.changed(kind, cluster, -1, table);
    }

    /** Makes everything durable; see {@link Commit}. */
    public void commit() throws IOException {
        commit.run();
    }

    /** Commits if what waits takes much memory. */
    public void commitIfLarge() throws IOException {
        if (map.changedBytes() > MOST_CHANGED) {
            commit.run();
        }
    }

    /** Who is told of compressed entries that are let go. */
    public void onLetGo(LongConsumer listener) {
        streamLetGo = listener;
    }

    /** Reserves clusters in a row for a cluster of the disk and the next, at most {@code wanted}. */
    public Space.Extent reserve(long cluster, int wanted) throws IOException {
        return space.reserve(cluster, wanted);
    }

    /** Gives back what is reserved and not visible. */
    public void giveBack() {
        space.giveBack();
    }

    /** True if the next commit makes clusters free. */
    public boolean hasLetGo() {
        return space.hasLetGo();
    }

    /** A reserved cluster of the file is what a cluster of the disk has from now on. */
    public void show(long cluster, long place, long second) throws IOException {
        if (!space.reserved(place)) {
            throw new IllegalArgumentException("cluster " + cluster + ": its storage has not been allocated");
        }
        own(cluster);
        map.entry(cluster); // what may fail is done before the books change
        referred(Changes.Kind.DATA, (int) place, sizes.table(cluster));
        space.fulfil(cluster);
        replace(cluster, sizes.at(place) | Entry.COPIED, second);
    }

    /** Changes the size of the disk, durably; there must be nothing behind a smaller one. */
    public void resize(long size) throws IOException {
        Header header = head.header();
        if (sizes.tables(size) > map.l1Size()) {
            growL1(size);
        } else {
            head.replace(header.withSize(size, header.l1Size(), header.l1Position()));
            map = new ClusterMap(storage, sizes, size, header.l1Position(), header.l1Size());
        }
    }

    private void growL1(long size) throws IOException {
        long entries = sizes.tables(size);
        moveL1(size, entries, space.row((int) sizes.up(entries * Long.BYTES)));
    }

    /** The L1 table is at reserved clusters from now on, durably; everything else must be durable. */
    void moveL1(long size, long entries, int first) throws IOException {
        ClusterMap old = map;
        int count = (int) sizes.up(entries * Long.BYTES);
        storage.zero(sizes.at(first), sizes.at(count));
        ClusterMap larger = new ClusterMap(storage, sizes, size, sizes.at(first), entries);
        for (long i = 0; i < old.l1Size(); i++) {
            if (old.l1(i) != 0) {
                larger.setL1(i, old.l1(i));
            }
        }
        larger.flushL1();
        for (int i = 0; i < count; i++) {
            referred(Changes.Kind.STRUCTURE, first + i, -1);
        }
        commit();
        head.replace(head.header().withSize(size, entries, sizes.at(first)));
        map = larger;
        for (long i = 0; i < sizes.up(old.l1Size() * Long.BYTES); i++) {
            released(Changes.Kind.STRUCTURE, (int) (sizes.of(old.l1Position()) + i), -1);
        }
        commit();
    }

    /** Sees to it that the L2 table of a cluster is there and belongs to this disk alone. */
    public void own(long cluster) throws IOException {
        long table = sizes.table(cluster);
        long entry = map.l1(table);
        if (Entry.copied(entry)) {
            return;
        }
        int place = space.one();
        if (entry == 0) {
            storage.zero(sizes.at(place), sizes.size());
        } else {
            storage.transferTo(map.tablePosition(table), sizes.size(), storage, sizes.at(place));
        }
        move(table, entry, place);
    }

    /** The L2 table is at a reserved cluster from now on, where its content is already. */
    void move(long table, long entry, int place) throws IOException {
        map.setL1(table, sizes.at(place) | Entry.COPIED);
        referred(Changes.Kind.TABLE, place, table);
        if (entry != 0) {
            released(Changes.Kind.TABLE, (int) sizes.of(Entry.position(entry)), table);
        }
    }

    /** Changes an entry and lets go of what it named. What the new one names must be referred to already. */
    public void replace(long cluster, long entry, long second) throws IOException {
        own(cluster);
        long old = map.entry(cluster);
        map.set(cluster, entry, second);
        release(cluster, old);
    }

    private void release(long cluster, long entry) {
        if (Entry.compressed(entry)) {
            streamLetGo.accept(entry);
            long end = sizes.of(Entry.streamEnd(entry, sizes.bits()) - 1);
            for (long at = sizes.of(Entry.streamPosition(entry, sizes.bits())); at <= end; at++) {
                released(Changes.Kind.DATA, (int) at, sizes.table(cluster));
            }
        } else if (Entry.position(entry) != 0 && !external()) {
            released(Changes.Kind.DATA, (int) sizes.of(Entry.position(entry)), sizes.table(cluster));
        }
    }

    /** Changes bits of an extended entry whose cluster stays. */
    public void mark(long cluster, long second) throws IOException {
        own(cluster);
        map.set(cluster, map.entry(cluster), second);
        dataInPlace = true;
    }

    /** True if data has become visible in clusters that were there, and may not be durable. */
    boolean hasDataInPlace() {
        return dataInPlace;
    }

    void dataFlushed() {
        dataInPlace = false;
    }

    /** Makes clusters zero or free. */
    public void clear(long from, long to, boolean zero) throws IOException {
        for (long cluster = from; cluster < to; ) {
            if (!zero && map.absent(cluster)) {
                cluster = map.tableEnd(cluster);
            } else if (!zero && sizes.table(cluster) << sizes.l2Bits() == cluster && covers(cluster, to)) {
                clearTable(cluster);
                cluster = map.tableEnd(cluster);
            } else {
                clear(cluster++, zero);
            }
            commitIfLarge();
        }
    }

    private boolean covers(long cluster, long to) {
        return to >= Math.min(map.tableEnd(cluster), map.count());
    }

    private void clear(long cluster, boolean zero) throws IOException {
        long entry = zero && !sizes.extended() ? Entry.ZERO : 0;
        long second = zero && sizes.extended() ? Entry.ALL_ZERO : 0;
        if (map.entry(cluster) != entry || map.second(cluster) != second) {
            replace(cluster, entry, second);
            if (!zero) {
                thinned.add(sizes.table(cluster));
            }
        }
    }

    private void clearTable(long first) throws IOException {
        long table = sizes.table(first);
        for (long cluster = first; cluster < map.tableEnd(first); cluster++) {
            release(cluster, map.entry(cluster)); // the end of the disk may cut the table
        }
        dropTable(table);
    }

    private void dropTable(long table) throws IOException {
        long entry = map.l1(table);
        map.dropTable(table);
        released(Changes.Kind.TABLE, (int) sizes.of(Entry.position(entry)), table);
    }

    /** Lets go of L2 tables of which nothing is left. */
    public void dropEmptyTables() throws IOException {
        while (!thinned.isEmpty()) {
            long table = thinned.first();
            if (table < map.tables() && Entry.copied(map.l1(table)) && map.empty(table)) {
                dropTable(table);
            }
            thinned.remove(table);
        }
    }
}
