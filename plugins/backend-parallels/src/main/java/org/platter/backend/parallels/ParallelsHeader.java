// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.parallels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** Header of an expanding image. Little-endian, 64 bytes at position 0. Source: docs/formats/parallels.md, section 2. */
record ParallelsHeader(
        String magic, // 0x00 16 bytes
        int version, // 0x10 u32
        int heads, // 0x14 u32
        int cylinders, // 0x18 u32
        int clusterSectors, // 0x1C u32
        long entries, // 0x20 u32
        long sectors, // 0x24 u64, of which the old signature has the lower half
        int inUse, // 0x2C u32
        long dataSector, // 0x30 u32, 0: right behind the table
        int flags, // 0x34 u32
        long extension) { // 0x38 u64, sector of the format extension
    static final int BYTES = 64;
    static final int SECTOR = 512;
    static final String OLD = "WithoutFreeSpace";
    static final String EXTENDED = "WithouFreSpacExt";
    static final int VERSION = 2;
    static final int IN_USE = 0x746F_6E59;
    static final long MOST_CLUSTER_SECTORS = Integer.MAX_VALUE / 513;

    private static final long LOWER = 0xFFFF_FFFFL;

    static ParallelsHeader decode(ByteBuffer source) {
        ByteBuffer in = source.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        byte[] magic = new byte[16];
        in.get(magic);
        return new ParallelsHeader(
                new String(magic, StandardCharsets.ISO_8859_1),
                in.getInt(),
                in.getInt(),
                in.getInt(),
                in.getInt(),
                in.getInt() & LOWER,
                in.getLong(),
                in.getInt(),
                in.getInt() & LOWER,
                in.getInt(),
                in.getLong());
    }

    ByteBuffer encode() {
        return ByteBuffer.allocate(BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(magic.getBytes(StandardCharsets.ISO_8859_1))
                .putInt(version)
                .putInt(heads)
                .putInt(cylinders)
                .putInt(clusterSectors)
                .putInt((int) entries)
                .putLong(sectors)
                .putInt(inUse)
                .putInt((int) dataSector)
                .putInt(flags)
                .putLong(extension)
                .flip();
    }

    ParallelsHeader validated(long fileSize) throws DiskException {
        require(known(), "signature '" + magic.replaceAll("[^ -~]", "?") + "' is none of this format");
        require(version == VERSION, "version " + Integer.toUnsignedString(version) + " is not " + VERSION);
        require(
                clusterSectors > 0 && clusterSectors <= MOST_CLUSTER_SECTORS,
                "cluster of " + Integer.toUnsignedString(clusterSectors) + " sectors");
        require(
                !extended() || sectors >= 0 && sectors <= Long.MAX_VALUE / SECTOR / 2,
                "disk of " + Long.toUnsignedString(sectors) + " sectors");
        require(
                blocks() <= entries,
                "disk of " + size() + " bytes needs " + blocks() + " entries, the table has " + entries);
        require(tableEnd() <= fileSize, "table of " + entries + " entries in a file of " + fileSize + " bytes");
        require(dataStart() >= tableEnd(), "data at " + dataStart() + ", inside the table that ends at " + tableEnd());
        return this;
    }

    private static void require(boolean holds, String otherwise) throws DiskException {
        if (!holds) {
            throw new DiskException(ErrorCode.BAD_HEADER, "Parallels header: " + otherwise);
        }
    }

    boolean known() {
        return magic.equals(OLD) || extended();
    }

    boolean extended() {
        return magic.equals(EXTENDED);
    }

    long clusterSize() {
        return (long) clusterSectors * SECTOR;
    }

    long size() {
        return (extended() ? sectors : sectors & LOWER) * SECTOR;
    }

    long blocks() {
        return (size() + clusterSize() - 1) / clusterSize();
    }

    long tableEnd() {
        return BYTES + entries * Integer.BYTES;
    }

    /** Bytes that an entry counts in. */
    long unit() {
        return extended() ? clusterSize() : SECTOR;
    }

    /** Where clusters begin; with the new signature their places are multiples of the cluster size. */
    long dataStart() {
        long position = dataSector == 0 ? tableEnd() : dataSector * SECTOR;
        return (position + unit() - 1) / unit() * unit();
    }

    ParallelsHeader withInUse(int mark) {
        return new ParallelsHeader(
                magic, version, heads, cylinders, clusterSectors, entries, sectors, mark, dataSector, flags, extension);
    }
}
