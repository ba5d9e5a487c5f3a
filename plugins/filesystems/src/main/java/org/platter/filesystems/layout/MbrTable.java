// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems.layout;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Partition tables of PCs, with extended partitions. Source: docs/formats/filesystems.md, section 1. */
public final class MbrTable {
    private static final int SECTOR = 512;
    private static final int ENTRIES = 446;
    private static final int ENTRY = 16;
    private static final int MOST_LOGICAL = 256;
    private static final int GPT = 0xEE;
    private static final int DYNAMIC = 0x42;
    private static final int RAID = 0xFD;
    private static final long LOWER = 0xFFFF_FFFFL;

    private final Region disk;
    private final List<Part> parts = new ArrayList<>();

    private MbrTable(Region disk) {
        this.disk = disk;
    }

    private record Entry(int boot, int type, long start, long length) {
        static Entry of(ByteBuffer sector, int index, long base) {
            int at = ENTRIES + index * ENTRY;
            return new Entry(
                    sector.get(at) & 0xFF,
                    sector.get(at + 4) & 0xFF,
                    base + (sector.getInt(at + 8) & LOWER) * SECTOR,
                    (sector.getInt(at + 12) & LOWER) * SECTOR);
        }

        boolean empty() {
            return type == 0 || length == 0;
        }

        boolean extended() {
            return type == 0x05 || type == 0x0F || type == 0x85;
        }
    }

    /** The partitions, or nothing if the first sector is no partition table with entries. */
    public static Optional<List<Part>> read(Region disk) throws IOException {
        if (!disk.has(0, SECTOR)) {
            return Optional.empty();
        }
        ByteBuffer sector = disk.read(0, SECTOR);
        if (!signed(sector) || !plausible(disk, sector)) {
            return Optional.empty();
        }
        MbrTable table = new MbrTable(disk);
        for (int index = 0; index < 4; index++) {
            table.primary(Entry.of(sector, index, 0), index + 1);
        }
        return Optional.of(table.parts);
    }

    /** True if the table is there to say that the disk has another one, and says nothing else. */
    public static boolean protects(Region disk) throws IOException {
        ByteBuffer sector = disk.read(0, SECTOR);
        boolean any = false;
        for (int index = 0; index < 4; index++) {
            Entry entry = Entry.of(sector, index, 0);
            if (!entry.empty() && entry.type != GPT) {
                return false;
            }
            any |= entry.type == GPT;
        }
        return any && signed(sector);
    }

    private static boolean signed(ByteBuffer sector) {
        return sector.getShort(SECTOR - 2) == (short) 0xAA55;
    }

    /** Boot code and text where entries would be is no table. */
    private static boolean plausible(Region disk, ByteBuffer sector) {
        boolean any = false;
        for (int index = 0; index < 4; index++) {
            Entry entry = Entry.of(sector, index, 0);
            if (entry.boot != 0 && entry.boot != 0x80) {
                return false;
            }
            any |= !entry.empty() && entry.start > 0 && entry.start < disk.size() && entry.type != GPT;
        }
        return any;
    }

    private void primary(Entry entry, int number) throws IOException {
        if (!entry.empty() && entry.extended()) {
            logical(entry);
        } else if (!entry.empty()) {
            add(entry, number);
        }
    }

    /** The chain in an extended partition; it must go forward, so it ends. */
    private void logical(Entry extended) throws IOException {
        long at = extended.start;
        for (int number = 5; number < 5 + MOST_LOGICAL; number++) {
            if (!disk.has(at, SECTOR) || at >= extended.start + extended.length) {
                return;
            }
            ByteBuffer sector = disk.read(at, SECTOR);
            if (!signed(sector)) {
                return;
            }
            Entry own = Entry.of(sector, 0, at);
            if (!own.empty()) {
                add(own, number);
            }
            Entry next = Entry.of(sector, 1, extended.start);
            if (next.empty() || !next.extended() || next.start <= at) {
                return;
            }
            at = next.start;
        }
    }

    private void add(Entry entry, int number) {
        String name = Integer.toString(number);
        if (entry.type == DYNAMIC || entry.type == RAID) {
            parts.add(Part.left(name, entry.start, entry.length, "", Part.SPREAD));
        } else if (entry.start > 0 && disk.has(entry.start, entry.length)) {
            parts.add(Part.of(name, disk.part(entry.start, entry.length), ""));
        } else {
            parts.add(Part.left(name, entry.start, entry.length, "", "The partition ends behind the disk."));
        }
    }
}
