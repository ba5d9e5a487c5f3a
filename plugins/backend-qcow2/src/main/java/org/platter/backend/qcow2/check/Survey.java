// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.check;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.platter.backend.qcow2.layout.Annexes;
import org.platter.backend.qcow2.layout.Bitmap;
import org.platter.backend.qcow2.layout.Clusters;
import org.platter.backend.qcow2.layout.Entry;
import org.platter.backend.qcow2.layout.Header;
import org.platter.backend.qcow2.layout.Snapshot;
import org.platter.backend.qcow2.table.Changes;
import org.platter.backend.qcow2.table.ClusterMap;
import org.platter.backend.qcow2.table.Refcounts;
import org.platter.backend.qcow2.table.Space;
import org.platter.backend.qcow2.table.Volume;
import org.platter.format.Progress;

/**
 * Counts the references to each cluster of the file: by the structures, by the present state of the disk, by snapshots
 * and bitmaps. Each L2 table is read once, however many L1 entries name it. Time and memory are in proportion to what is
 * in the file.
 *
 * <p>The image may change where {@link Progress#advance} is called; it tells what it does, and the counts follow: a change
 * of an L2 table that has not been counted yet is left to when it will be. For one thread at a time.
 */
final class Survey implements Changes {
    private static final int PIECE = 1 << 20;

    private final Volume volume;
    private final Annexes annexes;
    private final Fault.Finder finder;
    private final Progress progress;
    private final Clusters sizes;
    private final long fileEnd;

    private final Counters counters;
    private final BitSet structures = new BitSet();
    private final Map<Integer, Integer> weights = new HashMap<>(); // of L2 tables, how many L1 entries name them
    private final BitSet counted = new BitSet(); // L2 tables whose entries are counted
    private long named; // L1 entries of the present state that are in the weights
    private long walked; // L1 entries of the present state whose tables are counted

    Survey(Volume volume, Annexes annexes, Fault.Finder finder, Progress progress) throws IOException {
        this.volume = volume;
        this.annexes = annexes;
        this.finder = finder;
        this.progress = progress;
        sizes = volume.sizes();
        fileEnd = volume.storage().size();
        counters = new Counters(Math.min(sizes.up(fileEnd), Space.MOST));
    }

    /** The references to a cluster. */
    int count(int cluster) {
        return counters.get(cluster);
    }

    /** The first cluster from this one on that may have references or a counter, or the end. */
    int next(long cluster) throws IOException {
        Refcounts counts = volume.refcounts();
        long at = cluster;
        while (at < end()) {
            long referred = counters.next(at);
            long block = counts.blockOf(at);
            if (referred == at || block < counts.tableSize() && counts.block(block) != 0) {
                return (int) at;
            }
            at = Math.min(referred, (block + 1) * counts.perBlock());
        }
        return (int) end();
    }

    /** The end of all clusters that are in the file or used. */
    long end() {
        return Math.min(Math.max(sizes.up(fileEnd), volume.space().high()), Space.MOST);
    }

    /** Counts everything. */
    void run() throws IOException {
        if (sizes.up(fileEnd) > Space.MOST) {
            finder.found(Fault.STRUCTURE, 0, "QCOW2: a file of " + fileEnd + " bytes has too many clusters to check");
            return;
        }
        header();
        blocks();
        namePresent();
        snapshots();
        bitmaps();
        present();
        past();
    }

    private void header() throws IOException {
        Header header = volume.head().header();
        structure("header", 0, 1);
        structure(
                "refcount table",
                volume.refcounts().position(),
                sizes.at(volume.refcounts().tableClusters()));
        structure("L1 table", volume.map().l1Position(), volume.map().l1Size() * Long.BYTES);
        structure(
                "snapshot table",
                header.snapshotsPosition(),
                annexes.snapshots().bytes());
        for (String fault : annexes.faults()) {
            finder.found(Fault.STRUCTURE, 0, fault);
        }
    }

    /** Counts a structure in one piece. False if it is not in the file or lies over another one. */
    private boolean structure(String name, long position, long bytes) throws IOException {
        if (bytes > 0
                && (position < 0
                        || position > fileEnd - bytes && sizes.of(position + bytes - 1) >= sizes.up(fileEnd))) {
            finder.found(
                    Fault.STRUCTURE,
                    0,
                    "QCOW2 " + name + ": " + bytes + " bytes at " + position + " end behind the file of " + fileEnd
                            + " bytes");
            return false;
        }
        boolean alone = true;
        for (long at = sizes.of(position); bytes > 0 && at <= sizes.of(position + bytes - 1); at++) {
            alone &= !structures.get((int) at);
            add(Kind.STRUCTURE, (int) at, 1);
        }
        if (!alone) {
            finder.found(
                    Fault.STRUCTURE,
                    0,
                    "QCOW2 " + name + ": " + bytes + " bytes at " + position + " lie over another structure");
        }
        return alone;
    }

    private void add(Kind kind, int cluster, int by) {
        counters.add(cluster, by);
        if (kind != Kind.DATA && by > 0) {
            structures.set(cluster);
        } else if (counters.get(cluster) == 0) {
            structures.clear(cluster);
        }
    }

    private void blocks() throws IOException {
        for (long i = 0; i < volume.refcounts().tableSize(); i++) {
            long at = volume.refcounts().block(i);
            String fault = volume.refcounts().fault(i, at, fileEnd);
            if (at != 0 && fault.isEmpty() && structures.get((int) sizes.of(at))) {
                fault = "refcount table: entry " + i + " names a block at " + at + ", where another structure is";
            }
            if (!fault.isEmpty()) {
                finder.found(Fault.BLOCK, i, "QCOW2 " + fault);
            } else if (at != 0) {
                add(Kind.STRUCTURE, (int) sizes.of(at), 1);
            }
        }
        progress.advance(sizes.at(volume.refcounts().tableClusters()));
    }

    /** The L2 tables that the present state has. */
    private void namePresent() throws IOException {
        for (; named < volume.map().l1Size(); named++) {
            if (named % (PIECE / Long.BYTES) == 0) {
                progress.advance(PIECE);
            }
            long entry = volume.map().l1(named);
            if (entry != 0 && !name(entry, "L1 table: entry " + named)) {
                finder.found(
                        Fault.TABLE,
                        named,
                        "QCOW2 L1 table: entry " + named + " is 0x" + Long.toHexString(entry)
                                + ", no place of an L2 table in a file of " + fileEnd + " bytes");
            }
        }
    }

    /** Counts an L2 table. False if there cannot be one. */
    private boolean name(long entry, String who) throws IOException {
        long position = Entry.position(entry);
        int cluster = (int) sizes.of(position);
        boolean possible = position > 0
                && position <= fileEnd - sizes.size()
                && !Entry.reservedSetInL1(entry)
                && position % sizes.size() == 0
                && (weights.containsKey(cluster) || !structures.get(cluster));
        if (possible) {
            weights.merge(cluster, 1, Integer::sum);
            add(Kind.TABLE, cluster, 1);
        }
        return possible;
    }

    private void snapshots() throws IOException {
        Header header = volume.head().header();
        for (Snapshot each : annexes.snapshots().snapshots()) {
            String name = "L1 table of snapshot " + each.id();
            String fault = each.fault(header);
            if (!fault.isEmpty()) {
                finder.found(Fault.STRUCTURE, 0, "QCOW2 " + fault);
            } else if (structure(name, each.l1Position(), each.l1Size() * Long.BYTES)) {
                snapshot(name, each);
            }
        }
    }

    private void snapshot(String name, Snapshot each) throws IOException {
        words(each.l1Position(), each.l1Size() * Long.BYTES, (index, entry) -> {
            if (entry != 0 && !name(entry & ~Entry.COPIED, name)) {
                finder.found(
                        Fault.STRUCTURE,
                        0,
                        "QCOW2 " + name + ": entry " + index + " is 0x" + Long.toHexString(entry)
                                + ", no place of an L2 table");
            }
        });
    }

    @FunctionalInterface
    private interface Word {
        void of(long index, long value) throws IOException;
    }

    private void words(long position, long bytes, Word word) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(PIECE, bytes));
        for (long done = 0; done < bytes; done += buffer.limit()) {
            buffer.clear().limit((int) Math.min(PIECE, bytes - done));
            try {
                volume.storage().read(buffer, position + done);
            } catch (EOFException e) {
                finder.found(Fault.STRUCTURE, 0, "QCOW2: a table at " + position + " ends behind the file");
                return;
            }
            buffer.flip();
            for (long at = done; buffer.hasRemaining(); at += Long.BYTES) {
                word.of(at / Long.BYTES, buffer.getLong());
            }
            progress.advance(buffer.limit());
        }
    }

    private void bitmaps() throws IOException {
        Bitmap.Directory directory = annexes.bitmaps().directory();
        if (directory.count() == 0 || !structure("bitmap directory", directory.position(), directory.bytes())) {
            return;
        }
        for (Bitmap each : annexes.bitmaps().list()) {
            String name = "table of bitmap " + each.name();
            boolean sane = each.tableSize() <= Integer.MAX_VALUE && each.tablePosition() % sizes.size() == 0;
            if (!sane) {
                finder.found(Fault.STRUCTURE, 0, "QCOW2 " + name + ": at " + each.tablePosition());
            } else if (structure(name, each.tablePosition(), each.tableSize() * Long.BYTES)) {
                words(each.tablePosition(), each.tableSize() * Long.BYTES, (index, entry) -> {
                    long position = Entry.position(entry);
                    if (position != 0) {
                        structure("cluster of bitmap " + each.name(), position, sizes.size());
                    }
                });
            }
        }
    }

    /** Data of the present state. */
    private void present() throws IOException {
        ClusterMap map = volume.map();
        for (; walked < map.l1Size(); walked++) {
            int table = (int) sizes.of(Entry.position(map.l1(walked)));
            if (map.l1(walked) != 0 && weights.containsKey(table) && !counted.get(table)) {
                counted.set(table);
                int weight = Math.max(1, weights.get(table));
                if (walked < map.tables()) {
                    presentTable(map, walked, weight);
                } else {
                    table(table, weight, -1);
                }
                walked++;
                progress.advance(sizes.size());
                walked--;
            }
        }
    }

    private void presentTable(ClusterMap map, long table, int weight) throws IOException {
        long first = table << sizes.l2Bits();
        for (long cluster = first; cluster < map.tableEnd(first); cluster++) {
            long entry = map.entry(cluster);
            if (entry != 0 || sizes.extended() && map.second(cluster) != 0) {
                entry(cluster, entry, map.second(cluster), weight);
            }
        }
    }

    /** Data of the other states. */
    private void past() throws IOException {
        for (int table : List.copyOf(weights.keySet())) {
            if (!counted.get(table) && weights.get(table) > 0) {
                counted.set(table);
                table(table, weights.get(table), -1);
                progress.advance(sizes.size());
            }
        }
    }

    private void table(int table, int weight, long none) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(sizes.size());
        volume.storage().read(bytes, sizes.at(table));
        bytes.flip();
        while (bytes.hasRemaining()) {
            long entry = bytes.getLong();
            long second = sizes.extended() ? bytes.getLong() : 0;
            if (entry != 0) {
                entry(none, entry, second, weight);
            }
        }
    }

    private void entry(long cluster, long entry, long second, int weight) throws IOException {
        if (Entry.compressed(entry)) {
            stream(cluster, entry, weight);
            return;
        }
        boolean zeroFlag = volume.head().header().version() > 2 && !sizes.extended();
        long position = Entry.position(entry);
        boolean both = (second & second >>> Clusters.SUBCLUSTERS & Entry.ALL_ALLOCATED) != 0;
        boolean nowhere = position == 0 && !volume.external() && (second & Entry.ALL_ALLOCATED) != 0;
        if (Entry.reservedSet(entry, zeroFlag) || position % sizes.size() != 0 || both || nowhere) {
            bad(cluster, entry, "which is none of this format");
        } else if (volume.external()) {
            if (position != 0 && cluster >= 0 && position != sizes.at(cluster)) {
                bad(cluster, entry, "not its offset in the data file");
            }
        } else if (position >= fileEndNow(position)) {
            bad(cluster, entry, "behind the end of the file at " + fileEnd);
        } else if (position != 0) {
            data(cluster, sizes.of(position), weight);
        }
    }

    /** The end of the file, which may have grown since this began. */
    private long fileEndNow(long position) throws IOException {
        return position < fileEnd ? fileEnd : volume.storage().size();
    }

    private void stream(long cluster, long entry, int weight) throws IOException {
        long position = Entry.streamPosition(entry, sizes.bits());
        long end = Entry.streamEnd(entry, sizes.bits());
        if (volume.external() || Entry.copied(entry) || position >= fileEndNow(position)) {
            bad(cluster, entry, "no stream in a file of " + fileEnd + " bytes");
            return;
        }
        for (long at = sizes.of(position); at <= sizes.of(end - 1); at++) {
            if (structures.get((int) at)) {
                bad(cluster, entry, "a stream that lies over a structure");
            } else if (sizes.at(at) >= fileEndNow(sizes.at(at))) {
                bad(cluster, entry, "a stream that ends behind the file of " + fileEnd + " bytes");
            } else {
                data(cluster, at, weight);
            }
        }
    }

    private void bad(long cluster, long entry, String why) throws IOException {
        String where = cluster < 0 ? "an entry of a snapshot" : "cluster " + cluster;
        finder.found(
                cluster < 0 ? Fault.STRUCTURE : Fault.ENTRY,
                cluster,
                "QCOW2 L2 table: " + where + " is 0x" + Long.toHexString(entry) + ", " + why);
    }

    private void data(long cluster, long place, int weight) throws IOException {
        if (structures.get((int) place)) {
            finder.found(
                    cluster < 0 ? Fault.STRUCTURE : Fault.OVERLAP,
                    cluster,
                    "QCOW2 L2 table: cluster " + cluster + " is at " + sizes.at(place) + ", where a structure is");
        }
        counters.add((int) place, weight);
    }

    @Override
    public void changed(Kind kind, int cluster, int by, long table) {
        boolean known = kind == Kind.DATA ? table < walked : kind != Kind.TABLE || table < named;
        if (known) {
            add(kind, cluster, by);
        }
        if (kind == Kind.TABLE && table < named) {
            weights.merge(cluster, by, Integer::sum);
            if (by > 0 && table < walked) {
                counted.set(cluster);
            } else if (by > 0) {
                counted.clear(cluster);
            }
        }
    }
}
