// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.layout;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.error.DiskException;
import org.platter.storage.Storage;

/**
 * The constant header of a space-efficient sparse extent. Little-endian, all fields u64, at position 0; positions and
 * lengths are sectors. Between the fields are places of journal, bitmap and back map, which reading does not need.
 * Source: docs/formats/vmdk.md, section 9.
 */
public record SeSparseHeader(
        long magic, // 0x00
        long version, // 0x08
        long capacity, // 0x10
        long grain, // 0x18
        long table, // 0x20 sectors of a grain table
        long flags, // 0x28
        long volatileHeader, // 0x50
        long directory, // 0x80
        long directorySize, // 0x88
        long tables, // 0x90
        long tablesSize, // 0x98
        long grains, // 0xC0
        long grainsSize) { // 0xC8

    public static final int BYTES = 512;
    public static final long MAGIC = 0xCAFE_BABEL;
    public static final long VERSION = 0x2_0000_0001L;
    public static final int TABLE_ENTRIES = 4096;

    private static final long MOST_TABLES_SIZE = 1L << 29; // of sectors: 256 GiB
    private static final long VOLATILE_MAGIC = 0xCAFE_CAFEL;
    private static final int REPLAY_AT = 0x18; // in the volatile header

    /** Any 512 bytes give a header. */
    public static SeSparseHeader decode(ByteBuffer source) {
        ByteBuffer b = source.slice().order(ByteOrder.LITTLE_ENDIAN);
        return new SeSparseHeader(
                b.getLong(0x00),
                b.getLong(0x08),
                b.getLong(0x10),
                b.getLong(0x18),
                b.getLong(0x20),
                b.getLong(0x28),
                b.getLong(0x50),
                b.getLong(0x80),
                b.getLong(0x88),
                b.getLong(0x90),
                b.getLong(0x98),
                b.getLong(0xC0),
                b.getLong(0xC8));
    }

    /** Reads and judges the header, and the volatile one that it names. */
    public static SeSparseHeader read(Storage storage) throws IOException {
        SeSparseHeader header = decode(Sectors.read(storage, 0, BYTES, "VMDK seSparse header"));
        header.validate(storage.size());
        long position = Sectors.bytes(header.volatileHeader, "VMDK seSparse header: volatile header at 0x50 is at");
        ByteBuffer changing = Sectors.read(storage, position, BYTES, "VMDK seSparse volatile header");
        if (changing.getLong(0) != VOLATILE_MAGIC) {
            throw Bad.header("VMDK seSparse volatile header: magic 0x" + Long.toHexString(changing.getLong(0)) + " at "
                    + position + " is not 0xcafecafe");
        }
        if (changing.get(REPLAY_AT) != 0) {
            throw Bad.unsupported(
                    "VMDK seSparse extent: its journal must be replayed first, which changes what it reads"
                            + " as; only its own product can do that");
        }
        return header;
    }

    private void validate(long fileSize) throws DiskException {
        if (magic != MAGIC) {
            throw Bad.header("VMDK seSparse header: magic 0x" + Long.toHexString(magic) + " at 0 is not 0xcafebabe");
        }
        if (version != VERSION || flags != 0) {
            throw Bad.unsupported("VMDK seSparse header: version 0x" + Long.toHexString(version) + " with flags 0x"
                    + Long.toHexString(flags) + " is not 0x200000001 without flags");
        }
        if (grain != 8 || table != 64) {
            throw Bad.unsupported("VMDK seSparse header: grains of " + Long.toUnsignedString(grain) + " and tables of "
                    + Long.toUnsignedString(table) + " sectors are not 8 and 64");
        }
        if (capacity == 0) {
            throw Bad.header("VMDK seSparse header: capacity at 0x10 is 0");
        }
        Sectors.bytes(capacity, "VMDK seSparse header: capacity at 0x10 of");
        place("directory at 0x80", directory, directorySize, fileSize);
        place("tables at 0x90", tables, tablesSize, fileSize);
        place("grains at 0xC0", grains, grainsSize, Long.MAX_VALUE); // ends where the last grain was put, or later
        if (tableCount() > Layout.MOST_TABLES || tablesSize > MOST_TABLES_SIZE) {
            throw Bad.unsupported("VMDK seSparse header: " + tableCount() + " grain tables in " + tablesSize
                    + " sectors are more than " + Layout.MOST_TABLES + " in " + MOST_TABLES_SIZE);
        }
        if (directorySize * Sectors.BYTES / Long.BYTES < tableCount()) {
            throw Bad.header("VMDK seSparse header: directory of " + directorySize
                    + " sectors at 0x88 is too small for " + tableCount() + " tables");
        }
    }

    private static void place(String name, long start, long length, long fileSize) throws DiskException {
        long position = Sectors.bytes(start, "VMDK seSparse header: " + name + " start at");
        long bytes = Sectors.bytes(length, "VMDK seSparse header: " + name + " take");
        if (position < BYTES || bytes > fileSize || position > fileSize - bytes) {
            throw Bad.header("VMDK seSparse header: " + name + ", " + bytes + " bytes at " + position
                    + ", do not fit into a file of " + fileSize);
        }
    }

    /** Grain tables that the capacity needs. */
    public long tableCount() {
        long grainCount = (capacity - 1) / grain + 1;
        return (grainCount - 1) / TABLE_ENTRIES + 1;
    }
}
