// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx.layout;

import java.nio.ByteBuffer;
import java.util.UUID;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** One of the two headers. Little-endian, 4096 bytes. Source: docs/formats/vhdx.md, section 2. */
public record Header(
        int signature, // 0x00 "head"
        int checksum, // 0x04 u32
        long sequence, // 0x08 u64
        UUID fileWrite, // 0x10
        UUID dataWrite, // 0x20
        UUID logId, // 0x30 nil: nothing to replay
        int logVersion, // 0x40 u16
        int version, // 0x42 u16
        long logLength, // 0x44 u32
        long logPosition) { // 0x48 u64

    /** Bytes of a header. */
    public static final int BYTES = 4096;

    private static final int HEAD = 0x6461_6568;
    private static final long MOST_LOG = 1L << 30;

    /** The first header of a new file. */
    public static Header own(UUID dataWrite, long logLength, long logPosition) {
        return new Header(HEAD, 0, 1, UUID.randomUUID(), dataWrite, Bytes.NIL, 0, 1, logLength, logPosition);
    }

    /** Takes a header. */
    public static Header decode(ByteBuffer source) {
        return new Header(
                source.getInt(),
                source.getInt(),
                source.getLong(),
                Bytes.guid(source),
                Bytes.guid(source),
                Bytes.guid(source),
                Short.toUnsignedInt(source.getShort()),
                Short.toUnsignedInt(source.getShort()),
                Integer.toUnsignedLong(source.getInt()),
                source.getLong());
    }

    /** The bytes, with a right checksum. */
    public ByteBuffer encode() {
        ByteBuffer target = Bytes.buffer(BYTES);
        target.putInt(signature).putInt(0).putLong(sequence);
        Bytes.guid(target, fileWrite);
        Bytes.guid(target, dataWrite);
        Bytes.guid(target, logId);
        target.putShort((short) logVersion).putShort((short) version);
        target.putInt((int) logLength).putLong(logPosition);
        target.clear();
        return target.putInt(4, Bytes.sum(target, 4));
    }

    /** True if these bytes are a whole header. */
    static boolean whole(ByteBuffer bytes) {
        return bytes.getInt(0) == HEAD && bytes.getInt(4) == Bytes.sum(bytes, 4);
    }

    Header validated(long fileSize) throws DiskException {
        if (version != 1 || logVersion != 0) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED,
                    "VHDX header: version " + version + " with log version " + logVersion + " is not 1 with 0");
        }
        if (logLength % Bytes.MIB != 0 || logLength == 0 || logLength > MOST_LOG) {
            throw Bytes.bad("header: log length " + logLength + " is not a multiple of 1 MiB up to " + MOST_LOG);
        }
        if (logPosition % Bytes.MIB != 0 || logPosition < Bytes.MIB || logPosition > fileSize - logLength) {
            throw Bytes.bad("header: log of " + logLength + " bytes at " + Long.toUnsignedString(logPosition)
                    + " in a file of " + fileSize + " bytes");
        }
        return this;
    }

    /** Where the log is. */
    public Extent log() {
        return new Extent("log", logPosition, logPosition + logLength);
    }

    /** The next header, with other identities. */
    public Header next(UUID newFileWrite, UUID newDataWrite, UUID newLogId) {
        return new Header(
                signature,
                0,
                sequence + 1,
                newFileWrite,
                newDataWrite,
                newLogId,
                logVersion,
                version,
                logLength,
                logPosition);
    }
}
