// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.table;

import java.io.IOException;
import org.platter.backend.qcow2.layout.Bad;
import org.platter.backend.qcow2.layout.Clusters;
import org.platter.backend.qcow2.layout.Entry;
import org.platter.storage.Storage;

/**
 * L1 and L2 tables of one state of a disk: for each cluster an entry, read when it is needed and changed in memory until
 * {@link #flushTables} and {@link #flushL1}. Reading takes no lock; one thread at a time changes. Source:
 * docs/formats/qcow2.md, section 3.
 */
public final class ClusterMap {
    private static final int MOST_PAGE = 1 << 13; // words

    private final Storage storage;
    private final Clusters clusters;
    private final long disk;
    private final long l1Position;
    private final LongTable l1;
    private final LongTable l2;
    private final int slices;

    /** The map with this L1 table, for a disk of that size. */
    public ClusterMap(Storage storage, Clusters clusters, long disk, long l1Position, long l1Size) {
        this.storage = storage;
        this.clusters = clusters;
        this.disk = disk;
        this.l1Position = l1Position;
        l1 = LongTable.contiguous(storage, "QCOW2 L1 table", l1Position, l1Size);
        int page = Math.min(clusters.tableWords(), MOST_PAGE);
        slices = clusters.tableWords() / page;
        long words = clusters.tables(disk) * clusters.tableWords();
        l2 = new LongTable(storage, "QCOW2 L2 table", words, page, this::pagePosition);
    }

    private long pagePosition(int page) throws IOException {
        long table = page / slices;
        long position = tablePosition(table);
        return position == 0 ? -1 : position + (long) (page % slices) * (clusters.size() / slices);
    }

    /** Where an L2 table is, or 0. */
    long tablePosition(long table) throws IOException {
        long entry = l1(table);
        String fault = l1Fault(table, entry, storage.size());
        if (!fault.isEmpty()) {
            throw Bad.corrupt(fault);
        }
        return Entry.position(entry);
    }

    /** What is wrong with an L1 entry by itself, or nothing. */
    public String l1Fault(long table, long entry, long fileEnd) {
        long position = Entry.position(entry);
        if (Entry.reservedSetInL1(entry) || position % clusters.size() != 0) {
            return "L1 table: entry " + table + " is 0x" + Long.toHexString(entry) + ", no place of an L2 table";
        }
        if (position > 0 && position > fileEnd - clusters.size()) {
            return "L1 table: entry " + table + " names an L2 table at " + position + ", which ends behind the file of "
                    + fileEnd + " bytes";
        }
        return "";
    }

    /** Sizes of everything. */
    public Clusters clusters() {
        return clusters;
    }

    /** Bytes of the disk. */
    public long disk() {
        return disk;
    }

    /** How many clusters the disk has; its end may cut the last one. */
    public long count() {
        return clusters.up(disk);
    }

    /** Where the L1 table is. */
    public long l1Position() {
        return l1Position;
    }

    /** Entries of the L1 table; the disk may need fewer. */
    public long l1Size() {
        return l1.entries();
    }

    /** L2 tables that the disk needs. */
    public long tables() {
        return clusters.tables(disk);
    }

    /** The L1 entry of a table. */
    public long l1(long table) throws IOException {
        return l1.get(table);
    }

    /** Changes an L1 entry. Pages of the table that are in memory stay valid. */
    void setL1(long table, long entry) throws IOException {
        l1.set(table, entry);
        l2.moved();
    }

    /** Removes an L2 table and whatever of it is in memory. */
    void dropTable(long table) throws IOException {
        l1.set(table, 0);
        l2.drop((int) table * slices, (int) (table + 1) * slices);
    }

    /** Removes an L1 entry that names no table; the disk may not need it. */
    void forgetTable(long table) throws IOException {
        if (table < tables()) {
            dropTable(table);
        } else {
            l1.set(table, 0);
        }
    }

    /** True if there is no L2 table for this cluster: it and its neighbours up to {@link #tableEnd} have no entry. */
    public boolean absent(long cluster) throws IOException {
        return l1(clusters.table(cluster)) == 0;
    }

    /** The first cluster that the next L2 table is for. */
    public long tableEnd(long cluster) {
        return clusters.table(cluster) + 1 << clusters.l2Bits();
    }

    /** The entry of a cluster, or the first half of one that is extended. */
    public long entry(long cluster) throws IOException {
        return absent(cluster) ? 0 : l2.get(cluster * clusters.words());
    }

    /** The second half of an extended entry. */
    public long second(long cluster) throws IOException {
        return clusters.extended() && !absent(cluster) ? l2.get(cluster * 2 + 1) : 0;
    }

    /** Changes an entry; there must be an L2 table that may be changed. */
    void set(long cluster, long entry, long second) throws IOException {
        l2.set(cluster * clusters.words(), entry);
        if (clusters.extended()) {
            l2.set(cluster * 2 + 1, second);
        }
    }

    /** True if an L2 table has no entry that says anything. */
    boolean empty(long table) throws IOException {
        long first = table * clusters.tableWords();
        for (int i = 0; i < clusters.tableWords(); i++) {
            if (l2.get(first + i) != 0) {
                return false;
            }
        }
        return true;
    }

    boolean tablesChanged() {
        return l2.changed();
    }

    boolean l1Changed() {
        return l1.changed();
    }

    long changedBytes() {
        return l2.changedBytes();
    }

    /** Writes changed entries of L2 tables, without making them durable. */
    void flushTables() throws IOException {
        l2.flush();
    }

    /** Writes changed entries of the L1 table, without making them durable. */
    void flushL1() throws IOException {
        l1.flush();
    }
}
