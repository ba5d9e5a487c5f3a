// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems.type;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Optional;
import org.platter.filesystems.layout.Region;

/** FAT12, FAT16 and FAT32. Source: docs/formats/filesystems.md, section 4. */
final class Fat {
    private static final int CHUNK = 1 << 15; // clusters
    private static final int FIRST = 2; // cluster
    private static final int LEAST_16 = 4085;
    private static final int LEAST_32 = 65525;
    private static final int MOST_32 = 0x0FFF_FFF5;
    private static final int SECTORS_OF_12 = 16;
    private static final long LOWER = 0xFFFF_FFFFL;

    private final Region volume;
    private final ByteBuffer boot;
    private final int sector;
    private final long cluster;
    private final long table; // bytes of a table
    private final long tables; // where the first is
    private final int copies;
    private final long data;
    private final long clusters;
    private final int bits;

    private Fat(Region volume, ByteBuffer boot) {
        this.volume = volume;
        this.boot = boot;
        sector = boot.getShort(11) & 0xFFFF;
        cluster = (long) sector * (boot.get(13) & 0xFF);
        tables = (long) sector * (boot.getShort(14) & 0xFFFF);
        copies = boot.get(16) & 0xFF;
        int short16 = boot.getShort(22) & 0xFFFF;
        table = sector * (short16 != 0 ? short16 : boot.getInt(36) & LOWER);
        long root = ((boot.getShort(17) & 0xFFFF) * 32L + sector - 1) / sector * sector;
        data = tables + copies * table + root;
        clusters = cluster == 0 ? 0 : Math.max(0, (sectors() * sector - data) / cluster);
        bits = short16 == 0 ? 32 : clusters < LEAST_16 ? 12 : 16;
    }

    private long sectors() {
        int few = boot.getShort(19) & 0xFFFF;
        return few != 0 ? few : boot.getInt(32) & LOWER;
    }

    static Optional<Found> look(Region volume) throws IOException {
        if (!volume.has(0, 512)) {
            return Optional.empty();
        }
        ByteBuffer boot = volume.read(0, 512);
        if (!like(boot)) {
            return Optional.empty();
        }
        Fat fat = new Fat(volume, boot);
        byte[] name = new byte[11];
        boot.get(fat.bits == 32 ? 71 : 43, name);
        String label = Found.text(name, StandardCharsets.ISO_8859_1);
        String doubt = fat.doubt();
        Found found = Found.left("FAT" + fat.bits, label.equals("NO NAME") ? "" : label, doubt);
        return Optional.of(doubt.isEmpty() ? Found.of(found.type(), found.label(), -1, fat::unused) : found);
    }

    /** Boot sectors bear no signature that counts: all that must hold is looked at. */
    private static boolean like(ByteBuffer boot) {
        int sector = boot.getShort(11) & 0xFFFF;
        int perCluster = boot.get(13) & 0xFF;
        int jump = boot.get(0) & 0xFF;
        int media = boot.get(21) & 0xFF;
        int copies = boot.get(16);
        return (jump == 0xEB || jump == 0xE9)
                && boot.getShort(510) == (short) 0xAA55
                && sector >= 512
                && sector <= 4096
                && Integer.bitCount(sector) == 1
                && Integer.bitCount(perCluster) == 1
                && boot.getShort(14) != 0
                && (copies == 1 || copies == 2)
                && (media == 0xF0 || media >= 0xF8)
                && (boot.getShort(19) != 0 || boot.getInt(32) != 0)
                && (boot.getShort(22) != 0 || boot.getInt(36) != 0);
    }

    private String doubt() throws IOException {
        if (clusters == 0 || sectors() > volume.size() / sector || (clusters + FIRST) * bits > table * 8) {
            return "Its " + clusters + " clusters do not fit the volume or the table.";
        } else if (bits == 32 && (clusters < LEAST_32 && boot.getShort(17) != 0 || clusters > MOST_32)
                || bits != 32 && clusters >= LEAST_32) {
            return "Its " + clusters + " clusters are not of FAT" + bits + ".";
        } else if (bits == 32 && ((boot.getShort(40) & 0x80) != 0 || boot.getShort(42) != 0)) {
            return "Its tables are not copies of each other, or its version is not known.";
        } else if ((boot.get(bits == 32 ? 65 : 37) & 3) != 0) {
            return "It was not unmounted.";
        }
        long second = bits == 12 ? -1 : entry(volume.read(tables, 2 * bits / 8), 1);
        boolean clean =
                bits == 12 || (second & (bits == 32 ? 0x0C00_0000 : 0xC000)) == (bits == 32 ? 0x0C00_0000 : 0xC000);
        return clean ? "" : "It was not unmounted, or has errors.";
    }

    private UnitCursor unused(long from, long to) {
        var grid = new UnitCursor.Grid(data, cluster, clusters, CHUNK);
        return new UnitCursor(grid, this::free, from, to);
    }

    private BitSet free(long chunk) throws IOException {
        int count = (int) Math.min(CHUNK, clusters - chunk * CHUNK);
        long start = bits == 12 ? 0 : (chunk * CHUNK + FIRST) * bits / 8;
        int length = bits == 12 ? (int) Math.min(table, SECTORS_OF_12 * 512L) : count * bits / 8;
        ByteBuffer entries = volume.read(tables + start, length);
        for (int copy = 1; copy < copies; copy++) {
            Found.require(
                    entries.equals(volume.read(tables + copy * table + start, length)),
                    "the tables differ between " + start + " and " + (start + length));
        }
        BitSet free = new BitSet();
        for (int index = 0; index < count; index++) {
            free.set(index, entry(entries, bits == 12 ? index + FIRST : index) == 0);
        }
        return free;
    }

    private long entry(ByteBuffer entries, int index) {
        if (bits == 32) {
            return entries.getInt(index * 4) & 0x0FFF_FFFF;
        } else if (bits == 16) {
            return entries.getShort(index * 2) & 0xFFFF;
        }
        int pair = entries.getShort(index + index / 2) & 0xFFFF;
        return index % 2 == 0 ? pair & 0xFFF : pair >> 4;
    }
}
