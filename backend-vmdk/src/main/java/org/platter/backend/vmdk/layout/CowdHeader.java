// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.layout;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.error.DiskException;
import org.platter.storage.Storage;

/**
 * Header of a sparse extent of ESX servers. Little-endian, 2048 bytes at position 0. Positions and lengths are sectors,
 * as on disk. Names and descriptions behind the geometry are not kept here. Source: docs/formats/vmdk.md, section 9.
 */
public record CowdHeader(
        int magic, // 0x000 u32 "COWD"
        int version, // 0x004 u32
        int flags, // 0x008 u32
        long capacity, // 0x00C u32
        long grain, // 0x010 u32
        long directory, // 0x014 u32
        long directoryEntries, // 0x018 u32
        long nextFree, // 0x01C u32
        String parent, // 0x020 1024 bytes, of a child
        int unclean) { // 0x670 u32

    /** Bytes of the structure. */
    public static final int BYTES = 2048;

    /** The first four bytes. */
    public static final int MAGIC = 0x4457_4F43;

    /** Entries of every grain table. */
    public static final int TABLE_ENTRIES = 4096;

    /** Flag: the extent stands alone; the bytes of the parent's name are a geometry. */
    public static final int ROOT = 0x2;

    private static final int PARENT_AT = 0x20;
    private static final int PARENT_BYTES = 1024;
    private static final int UNCLEAN_AT = 0x670;
    private static final long MOST_GRAIN = 2048;

    /** Any 2048 bytes give a header. */
    public static CowdHeader decode(ByteBuffer source) {
        ByteBuffer b = source.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        int magic = b.getInt();
        int version = b.getInt();
        int flags = b.getInt();
        return new CowdHeader(
                magic,
                version,
                flags,
                Integer.toUnsignedLong(b.getInt()),
                Integer.toUnsignedLong(b.getInt()),
                Integer.toUnsignedLong(b.getInt()),
                Integer.toUnsignedLong(b.getInt()),
                Integer.toUnsignedLong(b.getInt()),
                (flags & ROOT) != 0 ? "" : text(source),
                b.getInt(source.position() + UNCLEAN_AT));
    }

    private static String text(ByteBuffer source) {
        byte[] bytes = new byte[PARENT_BYTES];
        source.get(source.position() + PARENT_AT, bytes);
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** Writes the fields into 2048 bytes and leaves what is between and behind them. */
    public ByteBuffer encodeInto(ByteBuffer header) {
        header.clear().order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(magic)
                .putInt(version)
                .putInt(flags)
                .putInt((int) capacity)
                .putInt((int) grain)
                .putInt((int) directory)
                .putInt((int) directoryEntries)
                .putInt((int) nextFree);
        if ((flags & ROOT) == 0) {
            byte[] name = parent.getBytes(StandardCharsets.UTF_8);
            header.put(name.length < PARENT_BYTES ? name : new byte[0]).put((byte) 0);
        }
        return header.putInt(UNCLEAN_AT, unclean).clear();
    }

    /** Judges the fields. */
    public CowdHeader validated() throws DiskException {
        if (magic != MAGIC) {
            throw Bad.header("VMDK COWD header: magic 0x" + Integer.toHexString(magic) + " at 0 is not COWD");
        }
        if (version != 1) {
            throw Bad.unsupported("VMDK COWD header: version " + Integer.toUnsignedString(version) + " is not 1");
        }
        if (capacity == 0) {
            throw Bad.header("VMDK COWD header: capacity at 0x0C is 0");
        }
        if (grain == 0 || grain > MOST_GRAIN || Long.bitCount(grain) != 1) {
            throw Bad.header("VMDK COWD header: grain size " + grain + " sectors at 0x10 is no power of two from 1 to "
                    + MOST_GRAIN);
        }
        return this;
    }

    /** Where everything is, checked against the length of the file. */
    public Layout layout(long fileSize) throws DiskException {
        Layout layout = new Layout(
                        capacity * Sectors.BYTES,
                        Long.numberOfTrailingZeros(grain * Sectors.BYTES),
                        TABLE_ENTRIES,
                        directory * Sectors.BYTES,
                        -1,
                        false,
                        BYTES,
                        BYTES)
                .validated(fileSize);
        if (directoryEntries < layout.tables()) {
            throw Bad.header("VMDK COWD header: directory of " + directoryEntries + " entries at 0x18, capacity needs "
                    + layout.tables());
        }
        return layout;
    }

    /** The same for another layout and state. */
    public CowdHeader with(Layout layout, boolean open, long end) {
        long entries = Math.max(directoryEntries, layout.tables());
        return new CowdHeader(
                magic,
                version,
                flags,
                layout.size() / Sectors.BYTES,
                grain,
                layout.directory() / Sectors.BYTES,
                entries,
                end / Sectors.BYTES,
                parent,
                open ? 1 : 0);
    }

    /** Reads the 2048 bytes at the start. */
    public static ByteBuffer read(Storage storage) throws IOException {
        return Sectors.read(storage, 0, BYTES, "VMDK COWD header");
    }
}
