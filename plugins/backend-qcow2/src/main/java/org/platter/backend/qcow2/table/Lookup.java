// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.table;

import java.io.IOException;
import org.platter.backend.qcow2.layout.Bad;
import org.platter.backend.qcow2.layout.Clusters;
import org.platter.backend.qcow2.layout.Entry;
import org.platter.error.DiskException;
import org.platter.format.Run;
import org.platter.storage.Storage;

/**
 * What the tables say of a stretch of the disk. For any thread; takes no lock. Source: docs/formats/qcow2.md, sections 3
 * to 5.
 */
public final class Lookup {
    /** How many clusters one answer looks at: with data, and without. */
    private static final long MOST_DATA = 4096;

    private static final long MOST_EMPTY = 1L << 20;
    private static final int SECTOR = 512;

    private enum Kind {
        FREE,
        ZERO,
        OWN,
        SHARED,
        STREAM
    }

    private record Piece(Kind kind, long position, int bytes) {}

    private final Places places;
    private final boolean zeroFlag;
    private final boolean external;
    private volatile long fileEnd; // as last seen; the file may have grown since

    /**
     * Where the data is.
     *
     * @param own clusters that may be changed in place
     * @param shared clusters that may not
     * @param streams compressed clusters; position is offset on the disk
     * @param external true if data is in another file, at its offset
     */
    public record Places(Storage own, Storage shared, Storage streams, boolean external) {}

    /** Answers from these places; {@code zeroFlag} says that bit 0 of an entry has a meaning. */
    public Lookup(Places places, boolean zeroFlag) {
        this.places = places;
        this.zeroFlag = zeroFlag;
        external = places.external();
    }

    /** The first run at {@code offset}; see {@link org.platter.format.Image#map}. */
    public Run find(ClusterMap map, boolean writable, long offset, long length) throws IOException {
        if (offset < 0 || length <= 0 || length > map.disk() - offset) {
            throw new IllegalArgumentException(offset + "+" + length + " is no range of " + map.disk() + " bytes");
        }
        Clusters sizes = map.clusters();
        long cluster = sizes.of(offset);
        Piece first = piece(map, cluster, (int) (offset - sizes.at(cluster)) / sizes.unit());
        int inside = (int) (offset & sizes.unit() - 1);
        long done = Math.min(length, first.bytes - inside);
        long position = first.position + inside;
        long budget = first.kind == Kind.FREE || first.kind == Kind.ZERO ? MOST_EMPTY : MOST_DATA;
        while (done < length && (offset + done & sizes.size() - 1) == 0 && budget-- > 0) {
            long more = more(map, writable, first.kind, offset + done, position + done);
            done = Math.min(length, done + more);
            budget = more == 0 ? 0 : budget;
        }
        return run(first.kind, writable, offset, done, position);
    }

    /** How many bytes from a cluster's start on continue a run, as far as it is easily known; 0 if it ends there. */
    private long more(ClusterMap map, boolean writable, Kind kind, long offset, long position) throws IOException {
        Clusters sizes = map.clusters();
        long cluster = sizes.of(offset);
        if (map.absent(cluster)) {
            return kind == Kind.FREE ? map.tableEnd(cluster) - cluster << sizes.bits() : 0;
        }
        try {
            Piece next = piece(map, cluster, 0);
            boolean adjacent = kind == Kind.FREE || kind == Kind.ZERO || next.position == position;
            return adjacent && same(kind, next.kind, writable) ? next.bytes : 0;
        } catch (DiskException e) {
            return 0; // whoever asks for that place is told
        }
    }

    private static boolean same(Kind one, Kind other, boolean writable) {
        return one == other || !writable && data(one) && data(other);
    }

    private static boolean data(Kind kind) {
        return kind == Kind.OWN || kind == Kind.SHARED;
    }

    private Run run(Kind kind, boolean writable, long offset, long length, long position) throws IOException {
        return switch (kind) {
            case FREE -> new Run.Free(offset, length);
            case ZERO -> new Run.Zero(offset, length);
            case STREAM -> new Run.Data(offset, length, places.streams, offset);
            case OWN ->
                new Run.Data(
                        offset, present(offset, position, length), writable ? places.own : places.shared, position);
            case SHARED -> new Run.Data(offset, present(offset, position, length), places.shared, position);
        };
    }

    /** How many of the bytes are in the file, in whole sectors if not all; none is an error. */
    private long present(long offset, long position, long length) throws IOException {
        if (position + length <= fileEnd) {
            return length;
        }
        fileEnd = places.shared.size();
        long there = fileEnd - position >= length ? length : (fileEnd - position) / SECTOR * SECTOR;
        if (there <= 0) {
            throw Bad.corrupt("L2 table: offset " + offset + " of the disk is at " + position
                    + ", but the file ends at " + fileEnd);
        }
        return there;
    }

    /** What is at a subcluster, or at a cluster, up to the end of the cluster at most. */
    private Piece piece(ClusterMap map, long cluster, int unit) throws IOException {
        long entry = map.entry(cluster);
        Clusters sizes = map.clusters();
        if (Entry.compressed(entry)) {
            return new Piece(Kind.STREAM, sizes.at(cluster) + unit * (long) sizes.unit(), rest(sizes, unit));
        }
        String fault = fault(sizes, cluster, entry);
        if (!fault.isEmpty()) {
            throw Bad.corrupt(fault);
        }
        if (sizes.extended()) {
            return subclusters(sizes, cluster, entry, map.second(cluster), unit);
        }
        return new Piece(kind(entry), Entry.position(entry), sizes.size());
    }

    private static int rest(Clusters sizes, int unit) {
        return (sizes.units() - unit) * sizes.unit();
    }

    private Kind kind(long entry) {
        if (Entry.zero(entry)) {
            return Kind.ZERO;
        }
        boolean stored = Entry.position(entry) != 0 || external && Entry.copied(entry);
        return !stored ? Kind.FREE : Entry.copied(entry) ? Kind.OWN : Kind.SHARED;
    }

    private Piece subclusters(Clusters sizes, long cluster, long entry, long bits, int unit) throws IOException {
        if ((bits & bits >>> Clusters.SUBCLUSTERS & Entry.ALL_ALLOCATED) != 0) {
            throw Bad.corrupt("L2 table: cluster " + cluster + " has subclusters that are both data and zero, 0x"
                    + Long.toHexString(bits));
        }
        Kind kind = kind(bits, unit, entry);
        int end = unit + 1;
        while (end < Clusters.SUBCLUSTERS && kind(bits, end, entry) == kind) {
            end++;
        }
        if (data(kind) && Entry.position(entry) == 0 && !external) {
            throw Bad.corrupt("L2 table: cluster " + cluster + " has subclusters with data, but no place for them");
        }
        long position = Entry.position(entry) + (long) unit * sizes.unit();
        return new Piece(kind, position, (end - unit) * sizes.unit());
    }

    private static Kind kind(long bits, int unit, long entry) {
        if ((bits >>> unit & 1) != 0) {
            return Entry.copied(entry) ? Kind.OWN : Kind.SHARED;
        }
        return (bits >>> Clusters.SUBCLUSTERS + unit & 1) != 0 ? Kind.ZERO : Kind.FREE;
    }

    /** What is wrong with an entry by itself that is not of a stream, or nothing. */
    public String fault(Clusters sizes, long cluster, long entry) {
        if (Entry.reservedSet(entry, zeroFlag && !sizes.extended()) || Entry.position(entry) % sizes.size() != 0) {
            return "L2 table: cluster " + cluster + " has the entry 0x" + Long.toHexString(entry)
                    + ", which is none of this format";
        }
        if (external && Entry.position(entry) != 0 && Entry.position(entry) != sizes.at(cluster)) {
            return "L2 table: cluster " + cluster + " is at " + Entry.position(entry)
                    + " of the data file, not at its offset";
        }
        return "";
    }
}
