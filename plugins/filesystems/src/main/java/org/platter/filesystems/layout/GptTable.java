// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems.layout;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.zip.CRC32;

/** GUID partition tables, in sectors of 512 or 4096 bytes. Source: docs/formats/filesystems.md, section 1. */
public final class GptTable {
    private static final long MAGIC = 0x5452_4150_2049_4645L; // EFI PART
    private static final int[] SECTORS = {512, 4096};
    private static final int LEAST_HEADER = 92;
    private static final int LEAST_ENTRY = 128;
    private static final int MOST_ENTRY = 4096;
    private static final int MOST_ENTRIES = 1024;
    private static final int NAME = 56;

    /** Dynamic disks and storage spaces of Windows, RAIDs of Linux. */
    private static final Set<UUID> SPREAD = Set.of(
            UUID.fromString("AF9B60A0-1431-4F62-BC68-3311714A69AD"),
            UUID.fromString("5808C8AA-7E8F-42E0-85D2-E1E90434CFB3"),
            UUID.fromString("E75CAF8F-F680-4CEE-AFA3-B001E56EFC2D"),
            UUID.fromString("A19D880F-05FC-4D3B-A006-743F0F84911E"));

    private GptTable() {}

    /** True if there is a header where one would be, be it damaged. */
    public static boolean signed(Region disk) throws IOException {
        for (int sector : SECTORS) {
            if (disk.has(sector, sector) && disk.read(sector, Long.BYTES).getLong(0) == MAGIC) {
                return true;
            }
        }
        return false;
    }

    /** The partitions, or nothing if there is no table that holds together. */
    public static Optional<List<Part>> read(Region disk) throws IOException {
        for (int sector : SECTORS) {
            if (disk.has(sector, sector)) {
                ByteBuffer header = disk.read(sector, sector);
                if (valid(header, sector)) {
                    return entries(disk, header, sector);
                }
            }
        }
        return Optional.empty();
    }

    private static boolean valid(ByteBuffer header, int sector) {
        int length = header.getInt(12);
        if (header.getLong(0) != MAGIC || length < LEAST_HEADER || length > sector || header.getLong(24) != 1) {
            return false;
        }
        byte[] bytes = new byte[length];
        header.get(0, bytes);
        java.util.Arrays.fill(bytes, 16, 20, (byte) 0);
        return crc(bytes) == header.getInt(16);
    }

    private static int crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private static Optional<List<Part>> entries(Region disk, ByteBuffer header, int sector) throws IOException {
        long table = header.getLong(72);
        int count = header.getInt(80);
        int length = header.getInt(84);
        boolean sane = count > 0
                && count <= MOST_ENTRIES
                && length >= LEAST_ENTRY
                && length <= MOST_ENTRY
                && Integer.bitCount(length) == 1
                && table > 1
                && table < disk.size() / sector
                && disk.has(table * sector, (long) count * length);
        if (!sane) {
            return Optional.empty();
        }
        ByteBuffer entries = disk.read(table * sector, count * length);
        if (crc(entries.array()) != header.getInt(88)) {
            return Optional.empty();
        }
        List<Part> parts = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            ByteBuffer entry = entries.slice(index * length, length).order(entries.order());
            if (entry.getLong(0) != 0 || entry.getLong(8) != 0) {
                parts.add(part(disk, entry, index + 1, sector));
            }
        }
        return Optional.of(parts);
    }

    private static Part part(Region disk, ByteBuffer entry, int number, int sector) {
        long first = entry.getLong(32);
        long last = entry.getLong(40);
        byte[] name = new byte[LEAST_ENTRY - NAME];
        entry.get(NAME, name);
        String label = new String(name, StandardCharsets.UTF_16LE).split("\0", 2)[0];
        long sectors = disk.size() / sector;
        if (first < 1 || last < first || last >= sectors) {
            long end = Math.max(0, Math.min(last, sectors));
            long start = Math.max(0, Math.min(first, end));
            return Part.left(
                    Integer.toString(number),
                    start * sector,
                    (end - start) * sector,
                    label,
                    "The partition from sector " + first + " to " + last + " is not on the disk.");
        }
        if (SPREAD.contains(type(entry))) {
            long start = first * sector;
            return Part.left(Integer.toString(number), start, (last + 1) * sector - start, label, Part.SPREAD);
        }
        return Part.of(Integer.toString(number), disk.part(first * sector, (last - first + 1) * sector), label);
    }

    private static UUID type(ByteBuffer entry) {
        long low = (entry.getInt(0) & 0xFFFF_FFFFL) << 32
                | (entry.getShort(4) & 0xFFFFL) << 16
                | entry.getShort(6) & 0xFFFF;
        return new UUID(low, Long.reverseBytes(entry.getLong(8)));
    }
}
