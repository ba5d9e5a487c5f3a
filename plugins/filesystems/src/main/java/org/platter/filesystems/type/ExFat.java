// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems.type;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.platter.filesystems.layout.Region;
import org.platter.filesystems.layout.Runs;

/** exFAT. Source: docs/formats/filesystems.md, section 5. */
final class ExFat {
    private static final long MAGIC = 0x2020_2054_4146_5845L; // EXFAT and blanks
    private static final int SECTORS = 12;
    private static final int CHUNK = 1 << 18; // clusters
    private static final int FIRST = 2; // cluster
    private static final int LAST = 0xFFFF_FFFF; // in a chain
    private static final int MOST_FOLDER = 1 << 22; // bytes that are looked at for the entries of the volume
    private static final int ENTRY = 32;
    private static final int BITMAP = 0x81;
    private static final int LABEL = 0x83;
    private static final long LOWER = 0xFFFF_FFFFL;

    private final Region volume;
    private final ByteBuffer boot;
    private final int sector;
    private final long cluster;
    private final long clusters;
    private final long table;
    private final long heap;
    private String label = "";
    private Runs bitmap;

    private ExFat(Region volume, ByteBuffer boot) throws IOException {
        this.volume = volume;
        this.boot = boot;
        int shift = boot.get(108);
        int more = boot.get(109);
        Found.require(
                shift >= 9 && shift <= 12 && more >= 0 && more <= 25 - shift, "sectors 2^" + shift + ", 2^" + more);
        sector = 1 << shift;
        cluster = (long) sector << more;
        clusters = boot.getInt(92) & LOWER;
        table = (boot.getInt(80) & LOWER) * sector;
        heap = (boot.getInt(88) & LOWER) * sector;
        Found.require(
                clusters > 0 && clusters <= LOWER - 10 && volume.has(heap, clusters * cluster),
                clusters + " clusters of " + cluster + " at " + heap + " in a volume of " + volume.size());
        Found.require(
                (boot.getInt(84) & LOWER) * sector / 4 >= clusters + FIRST && table + (clusters + FIRST) * 4 <= heap,
                "the table has no place for " + clusters + " clusters");
    }

    static Optional<Found> look(Region volume) throws IOException {
        if (!volume.has(0, 512)) {
            return Optional.empty();
        }
        ByteBuffer boot = volume.read(0, 512);
        if (boot.getLong(3) != MAGIC) {
            return Optional.empty();
        }
        Found found = Found.left("exFAT", "", doubt(boot));
        if (!found.reason().isEmpty()) {
            return Optional.of(found);
        }
        ExFat fs = new ExFat(volume, boot);
        Found.require(fs.checksum(), "the checksum of its boot sectors is wrong");
        fs.readRoot();
        Found.require(fs.bitmap != null && fs.bitmap.size() * 8 >= fs.clusters, "there is no allocation bitmap");
        return Optional.of(Found.of("exFAT", fs.label, -1, fs::unused));
    }

    private static String doubt(ByteBuffer boot) {
        int flags = boot.getShort(106) & 0xFFFF;
        if (boot.getShort(104) != 0x100) {
            return "Its version " + Integer.toHexString(boot.getShort(104)) + " is not known.";
        } else if ((flags & 2) != 0 || (flags & 4) != 0) {
            return "It was not unmounted, or has errors.";
        }
        return boot.get(110) != 1 || (flags & 1) != 0 ? "It has two tables." : "";
    }

    private boolean checksum() throws IOException {
        ByteBuffer area = volume.read(0, SECTORS * sector);
        int sum = 0;
        for (int at = 0; at < (SECTORS - 1) * sector; at++) {
            if (at != 106 && at != 107 && at != 112) {
                sum = Integer.rotateRight(sum, 1) + (area.get(at) & 0xFF);
            }
        }
        return sum == area.getInt((SECTORS - 1) * sector);
    }

    /** The entries of the volume are in the root folder, among those of files. */
    private void readRoot() throws IOException {
        Runs root = chain(boot.getInt(96), MOST_FOLDER);
        for (long at = 0; at < root.size(); at += ENTRY) {
            ByteBuffer entry = root.read(at, ENTRY);
            int kind = entry.get(0) & 0xFF;
            if (kind == 0) {
                return;
            } else if (kind == BITMAP) {
                Found.require(bitmap == null, "there are two allocation bitmaps");
                bitmap = chain(entry.getInt(20), (clusters + 7) / 8);
            } else if (kind == LABEL) {
                byte[] name = new byte[2 * Math.min(11, entry.get(1) & 0xFF)];
                entry.get(2, name);
                label = Found.text(name, StandardCharsets.UTF_16LE);
            }
        }
    }

    /** The clusters of a file as the table chains them, as far as so many bytes need. */
    private Runs chain(int first, long most) throws IOException {
        Runs runs = new Runs(volume);
        for (int at = first;
                at != LAST && runs.size() < most;
                at = volume.read(table + (at & LOWER) * 4, 4).getInt(0)) {
            long index = (at & LOWER) - FIRST;
            Found.require(index >= 0 && index < clusters, "a chain goes to cluster " + (at & LOWER));
            runs.add(heap + index * cluster, cluster);
        }
        return runs;
    }

    private UnitCursor unused(long from, long to) {
        var grid = new UnitCursor.Grid(heap, cluster, clusters, CHUNK);
        return new UnitCursor(
                grid,
                chunk -> {
                    int count = (int) Math.min(CHUNK, clusters - chunk * CHUNK);
                    return UnitCursor.zeroBits(bitmap.read(chunk * CHUNK / 8, (count + 7) / 8), count);
                },
                from,
                to);
    }
}
