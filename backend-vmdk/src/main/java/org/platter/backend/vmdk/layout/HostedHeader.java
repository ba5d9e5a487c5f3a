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
 * Header of a hosted sparse extent. Little-endian, 512 bytes at position 0, again as footer of a stream. Positions and
 * lengths are sectors, as on disk; negative ones stand for numbers from 2^63. Source: docs/formats/vmdk.md, section 4.
 */
public record HostedHeader(
        int magic, // 0x00 u32 "KDMV"
        int version, // 0x04 u32
        int flags, // 0x08 u32
        long capacity, // 0x0C u64
        long grain, // 0x14 u64
        long descriptor, // 0x1C u64, 0 for none
        long descriptorSize, // 0x24 u64
        long tableEntries, // 0x2C u32
        long redundant, // 0x30 u64
        long directory, // 0x38 u64
        long overhead, // 0x40 u64
        int unclean, // 0x48 u8
        int newlines, // 0x49 4 bytes
        int compression) { // 0x4D u16

    /** Bytes of the structure. */
    public static final int BYTES = 512;

    /** The first four bytes. */
    public static final int MAGIC = 0x564D_444B;

    /** The value of {@link #directory} that says: look into the footer. */
    public static final long IN_FOOTER = -1;

    /** Flag: {@link #newlines} is valid. */
    public static final int NEWLINES_VALID = 0x1;

    /** Flag: {@link #redundant} is valid. */
    public static final int HAS_REDUNDANT = 0x2;

    /** Flag: the table entry 1 means a grain of zeroes. */
    public static final int ZEROED_GRAINS = 0x4;

    /** Flag: grains are compressed. */
    public static final int COMPRESSED = 0x1_0000;

    /** Flag: grains and tables have markers. */
    public static final int MARKERS = 0x2_0000;

    /** The bytes {@code 0A 20 0D 0A}, which a transfer as text would have changed. */
    public static final int NEWLINES = 0x0A0D_200A;

    /** The most sectors of a grain. */
    public static final long MOST_GRAIN = 1 << 21;

    /** The most sectors of a compressed grain, which is held in memory. */
    public static final long MOST_COMPRESSED_GRAIN = 1 << 14;

    /** The most entries of a grain table. */
    public static final int MOST_TABLE_ENTRIES = 1 << 12;

    /** The most bytes of an embedded descriptor, and of a descriptor file. */
    public static final int MOST_DESCRIPTOR = 1 << 20;

    private static final int INCOMPATIBLE = 0xFFFF_0000 & ~(COMPRESSED | MARKERS);

    /** Any 512 bytes give a header. */
    public static HostedHeader decode(ByteBuffer source) {
        ByteBuffer b = source.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        return new HostedHeader(
                b.getInt(),
                b.getInt(),
                b.getInt(),
                b.getLong(),
                b.getLong(),
                b.getLong(),
                b.getLong(),
                Integer.toUnsignedLong(b.getInt()),
                b.getLong(),
                b.getLong(),
                b.getLong(),
                Byte.toUnsignedInt(b.get()),
                b.getInt(),
                Short.toUnsignedInt(b.getShort()));
    }

    /** Reads the 512 bytes at {@code position}. */
    public static HostedHeader read(Storage storage, long position) throws IOException {
        return decode(Sectors.read(storage, position, BYTES, "VMDK sparse header"));
    }

    /** Writes the fields into 512 bytes and leaves what is behind them. */
    public ByteBuffer encodeInto(ByteBuffer sector) {
        sector.clear().order(ByteOrder.LITTLE_ENDIAN);
        sector.putInt(magic)
                .putInt(version)
                .putInt(flags)
                .putLong(capacity)
                .putLong(grain)
                .putLong(descriptor)
                .putLong(descriptorSize)
                .putInt((int) tableEntries)
                .putLong(redundant)
                .putLong(directory)
                .putLong(overhead)
                .put((byte) unclean)
                .putInt(newlines)
                .putShort((short) compression);
        return sector.clear();
    }

    /** The structure in a fresh buffer. */
    public ByteBuffer encode() {
        return encodeInto(ByteBuffer.allocate(BYTES));
    }

    /** True if the flag is set. */
    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** True if its grains are compressed. */
    public boolean compressed() {
        return has(COMPRESSED);
    }

    /** Judges all that does not need the tables. Places are judged by {@link #layout}. */
    public HostedHeader validated() throws DiskException {
        if (magic != MAGIC) {
            throw Bad.header("VMDK sparse header: magic 0x" + Integer.toHexString(magic) + " at 0 is not KDMV");
        }
        if (version < 1 || version > 3) {
            throw Bad.unsupported(
                    "VMDK sparse header: version " + Integer.toUnsignedString(version) + " is not 1 to 3");
        }
        if (has(NEWLINES_VALID) && newlines != NEWLINES) {
            throw Bad.header("VMDK sparse header: line end bytes 0x" + Integer.toHexString(newlines)
                    + " at 0x49 were changed, as by a transfer in text mode");
        }
        if ((flags & INCOMPATIBLE) != 0) {
            throw Bad.unsupported("VMDK sparse header: unknown flags 0x" + Integer.toHexString(flags & INCOMPATIBLE));
        }
        if (compressed() != (compression == 1) || compression > 1 || compressed() != has(MARKERS)) {
            throw Bad.header("VMDK sparse header: compression " + compression + " contradicts the flags 0x"
                    + Integer.toHexString(flags));
        }
        checkUnits();
        return this;
    }

    private void checkUnits() throws DiskException {
        if (grain < 8 || Long.bitCount(grain) != 1 || grain > (compressed() ? MOST_COMPRESSED_GRAIN : MOST_GRAIN)) {
            throw Bad.header("VMDK sparse header: grain size " + Long.toUnsignedString(grain)
                    + " sectors at 0x14 is no power of two from 8 to "
                    + (compressed() ? MOST_COMPRESSED_GRAIN : MOST_GRAIN));
        }
        if (tableEntries < 128 || Long.bitCount(tableEntries) != 1 || tableEntries > MOST_TABLE_ENTRIES) {
            throw Bad.header("VMDK sparse header: grain tables of " + tableEntries
                    + " entries at 0x2C are no power of two from 128 to " + MOST_TABLE_ENTRIES);
        }
        if (capacity == 0) {
            throw Bad.header("VMDK sparse header: capacity at 0x0C is 0");
        }
        Sectors.bytes(capacity, "VMDK sparse header: capacity at 0x0C of");
        if (descriptor != 0 && (descriptorSize <= 0 || descriptorSize > MOST_DESCRIPTOR / Sectors.BYTES)) {
            throw Bad.header("VMDK sparse header: descriptor size " + Long.toUnsignedString(descriptorSize)
                    + " sectors at 0x24 is not 1 to " + MOST_DESCRIPTOR / Sectors.BYTES);
        }
    }

    /** The first byte behind header and descriptor area. */
    public long floor() throws DiskException {
        if (descriptor == 0) {
            return BYTES;
        }
        long end = Sectors.bytes(descriptor, "VMDK sparse header: descriptor at 0x1C is at")
                + descriptorSize * Sectors.BYTES;
        if (end < 0) {
            throw Bad.header("VMDK sparse header: descriptor at sector " + descriptor + " ends above 2^63");
        }
        return Math.max(BYTES, end);
    }

    /** Where everything is, checked against the length of the file. */
    public Layout layout(long fileSize) throws DiskException {
        long overheadBytes = Sectors.bytes(overhead, "VMDK sparse header: overhead at 0x40 of");
        if (overheadBytes > fileSize) {
            throw Bad.header("VMDK sparse header: overhead " + overhead + " sectors at 0x40 is more than the file of "
                    + fileSize + " bytes: it is cut off");
        }
        boolean mirrored = has(HAS_REDUNDANT) && redundant != 0;
        return new Layout(
                        capacity * Sectors.BYTES,
                        Long.numberOfTrailingZeros(grain * Sectors.BYTES),
                        (int) tableEntries,
                        Sectors.bytes(directory, "VMDK sparse header: grain directory at 0x38 is at"),
                        mirrored ? Sectors.bytes(redundant, "VMDK sparse header: directory at 0x30 is at") : -1,
                        has(ZEROED_GRAINS),
                        floor(),
                        overheadBytes)
                .validated(fileSize);
    }

    /** The same with another state of the extent. */
    public HostedHeader withUnclean(boolean open) {
        return with(capacity, redundant, directory, overhead, open ? 1 : 0);
    }

    /** The same for another layout of the same grains. */
    public HostedHeader with(Layout layout) {
        return with(
                layout.size() / Sectors.BYTES,
                layout.mirrored() ? layout.redundant() / Sectors.BYTES : redundant,
                layout.directory() / Sectors.BYTES,
                overhead,
                unclean);
    }

    /** The same with its directory at this sector, or {@link #IN_FOOTER}. */
    public HostedHeader withDirectory(long sector) {
        return with(capacity, redundant, sector, overhead, unclean);
    }

    /** The same with so many sectors before its first grain. */
    public HostedHeader withOverhead(long sectors) {
        return with(capacity, redundant, directory, sectors, unclean);
    }

    private HostedHeader with(
            long newCapacity, long newRedundant, long newDirectory, long newOverhead, int newUnclean) {
        return new HostedHeader(
                magic,
                version,
                flags,
                newCapacity,
                grain,
                descriptor,
                descriptorSize,
                tableEntries,
                newRedundant,
                newDirectory,
                newOverhead,
                newUnclean,
                newlines,
                compression);
    }
}
