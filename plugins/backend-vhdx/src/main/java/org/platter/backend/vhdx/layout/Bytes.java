// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx.layout;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/** How numbers, GUIDs and checksums are stored. Source: docs/formats/vhdx.md, section 1. */
public final class Bytes {
    /** Unit of places in the file. */
    public static final long MIB = 1 << 20;

    /** Unit of what the log writes. */
    public static final int SECTOR = 4096;

    /** The GUID of nothing. */
    public static final UUID NIL = new UUID(0, 0);

    private Bytes() {}

    /** An empty little-endian buffer. */
    public static ByteBuffer buffer(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Bytes of a file, little-endian; {@code what} names them in the error if the file ends before. */
    public static ByteBuffer read(Storage storage, long position, int length, String what) throws IOException {
        if (position < 0 || position > storage.size() - length) {
            throw new DiskException(
                    ErrorCode.BAD_HEADER,
                    "VHDX " + what + ": " + length + " bytes at " + position + ", the file has " + storage.size());
        }
        ByteBuffer bytes = buffer(length);
        try {
            storage.read(bytes, position);
        } catch (EOFException e) {
            throw new DiskException(ErrorCode.BAD_HEADER, "VHDX " + what + ": at " + position + " the file ends", e);
        }
        return bytes.flip();
    }

    /** Takes a GUID: the first three fields are little-endian. */
    public static UUID guid(ByteBuffer source) {
        long high = Integer.toUnsignedLong(source.getInt()) << 32;
        high |= Short.toUnsignedLong(source.getShort()) << 16 | Short.toUnsignedLong(source.getShort());
        return new UUID(high, Long.reverseBytes(source.getLong()));
    }

    /** Stores a GUID. */
    public static void guid(ByteBuffer target, UUID id) {
        long high = id.getMostSignificantBits();
        target.putInt((int) (high >>> 32)).putShort((short) (high >>> 16)).putShort((short) high);
        target.putLong(Long.reverseBytes(id.getLeastSignificantBits()));
    }

    /** CRC-32C of all bytes, those at {@code field} taken as zero. */
    public static int sum(ByteBuffer bytes, int field) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().position(0).limit(field));
        crc.update(new byte[Integer.BYTES]);
        crc.update(bytes.duplicate().position(field + Integer.BYTES));
        return (int) crc.getValue();
    }

    /** The error of a structure that is not valid. */
    public static DiskException bad(String what) {
        return new DiskException(ErrorCode.BAD_HEADER, "VHDX " + what);
    }

    /** {@code value} rounded up to a multiple of {@code unit}. */
    public static long up(long value, long unit) {
        return (value + unit - 1) / unit * unit;
    }
}
