// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.layout;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.platter.format.ImageSnapshot;
import org.platter.storage.Storage;

/** A record of the snapshot table. Source: docs/formats/qcow2.md, section 8. */
public record Snapshot(
        long l1Position, // 0x00 u64
        long l1Size, // 0x08 u32, entries
        String id, // length at 0x0C u16
        String name, // length at 0x0E u16
        long seconds, // 0x10 u32 since 1970
        long nanos, // 0x14 u32
        long size, // bytes of the disk: second word of the extra data
        long stateSize) { // bytes of a machine's state behind the disk

    private static final int FIXED = 40;
    private static final int MOST_EXTRA = 1024;
    private static final long MOST_L1 = 32L << 20;
    private static final long MOST_BYTES = 64L << 20;

    /** The table and how many bytes it has. */
    public record Table(List<Snapshot> snapshots, long bytes) {}

    /** Reads the table of an image. */
    public static Table read(Storage storage, Header header) throws IOException {
        List<Snapshot> list = new ArrayList<>();
        long at = header.snapshotsPosition();
        for (long i = 0; i < header.snapshots(); i++) {
            ByteBuffer fixed = bytes(storage, at, FIXED, i);
            long extra = Integer.toUnsignedLong(fixed.getInt(36));
            int idLength = fixed.getShort(12) & 0xFFFF;
            int nameLength = fixed.getShort(14) & 0xFFFF;
            if (extra > MOST_EXTRA || at - header.snapshotsPosition() > MOST_BYTES) {
                throw Bad.corrupt("snapshot " + i + " at " + at + ": " + extra + " bytes of extra data, or a table of"
                        + " more than " + MOST_BYTES + " bytes");
            }
            ByteBuffer rest = bytes(storage, at + FIXED, (int) extra + idLength + nameLength, i);
            list.add(decode(fixed, rest, (int) extra, header));
            at += FIXED + extra + idLength + nameLength + 7 & ~7L;
        }
        return new Table(List.copyOf(list), header.snapshots() == 0 ? 0 : at - header.snapshotsPosition());
    }

    private static ByteBuffer bytes(Storage storage, long at, int length, long number) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        try {
            storage.read(bytes, at);
        } catch (EOFException e) {
            throw Bad.corrupt("snapshot " + number + " at " + at + ": behind the end of the file");
        }
        return bytes.flip();
    }

    private static Snapshot decode(ByteBuffer fixed, ByteBuffer rest, int extra, Header header) {
        byte[] id = new byte[fixed.getShort(12) & 0xFFFF];
        byte[] name = new byte[fixed.getShort(14) & 0xFFFF];
        rest.get(extra, id).get(extra + id.length, name);
        return new Snapshot(
                fixed.getLong(0),
                Integer.toUnsignedLong(fixed.getInt(8)),
                Text.shown(id),
                Text.shown(name),
                Integer.toUnsignedLong(fixed.getInt(16)),
                Integer.toUnsignedLong(fixed.getInt(20)),
                extra >= 16 ? rest.getLong(8) : header.size(),
                extra >= 8 ? rest.getLong(0) : Integer.toUnsignedLong(fixed.getInt(32)));
    }

    /** What is wrong with its numbers, or nothing. */
    public String fault(Header header) {
        Clusters clusters = header.clusters();
        if (l1Position < 0 || l1Position % clusters.size() != 0 || l1Size * Long.BYTES > MOST_L1) {
            return "snapshot " + id + ": L1 table of " + l1Size + " entries at " + Long.toUnsignedString(l1Position);
        }
        if (size < 0 || clusters.tables(size) > l1Size) {
            return "snapshot " + id + ": a disk of " + Long.toUnsignedString(size) + " bytes with an L1 table of "
                    + l1Size + " entries";
        }
        return "";
    }

    /** As people see it. */
    public ImageSnapshot shown() {
        return new ImageSnapshot(id, name, Instant.ofEpochSecond(seconds, nanos), size);
    }
}
