// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.extent;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/** The unit of every number in a VMDK, and reading of small structures. */
public final class Sectors {
    /** Bytes of a sector. */
    public static final int BYTES = 512;

    /** More sectors than this are more bytes than a {@code long} counts. */
    public static final long MOST = Long.MAX_VALUE / BYTES;

    /** Table entries are 32-bit sector numbers: no storage is used from this position on. */
    public static final long END = (1L << 32) * BYTES;

    private Sectors() {}

    /** The bytes of that many sectors, as a header field names them; negative stands for numbers above 2^63. */
    public static long bytes(long sectors, String field) throws DiskException {
        if (sectors < 0 || sectors > MOST) {
            throw Bad.header(field + " " + Long.toUnsignedString(sectors) + " sectors is above " + MOST);
        }
        return sectors * BYTES;
    }

    /** The position that a table entry names. */
    public static long position(int entry) {
        return Integer.toUnsignedLong(entry) * BYTES;
    }

    /** The bytes, rounded up to the next multiple of {@code unit}, a power of two. */
    public static long roundUp(long bytes, long unit) {
        return bytes + unit - 1 & -unit;
    }

    /** A structure of the storage, little-endian, ready to be read. */
    public static ByteBuffer read(Storage storage, long position, int length, String what) throws IOException {
        long size = storage.size();
        if (position < 0 || position > size - length) {
            throw Bad.header(what + ": " + length + " bytes at " + position + " do not fit into a file of " + size);
        }
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        try {
            storage.read(bytes, position);
        } catch (EOFException e) {
            throw new DiskException(ErrorCode.IO, what + ": the file became shorter than " + size + " bytes", e);
        }
        return bytes.flip();
    }
}
