// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.old;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/** Header of a QCOW file, version 1. Big-endian, 48 bytes at position 0. Source: docs/formats/qcow2.md, section 11. */
record QcowHeader(
        int magic, // 0x00 u32
        int version, // 0x04 u32
        long namePosition, // 0x08 u64, of the backing file's name, 0 for none
        int nameLength, // 0x10 u32
        long size, // 0x18 u64
        int clusterBits, // 0x20 u8
        int l2Bits, // 0x21 u8
        int encryption, // 0x24 u32
        long l1Position) { // 0x28 u64

    static final int BYTES = 48;
    static final int MAGIC = 0x5146_49FB;
    private static final int MOST_NAME = 1023;
    private static final long MOST_L1 = 32L << 20;

    /** Any {@value #BYTES} bytes give a header. */
    static QcowHeader decode(ByteBuffer b) {
        return new QcowHeader(
                b.getInt(0),
                b.getInt(4),
                b.getLong(8),
                b.getInt(16),
                b.getLong(24),
                b.get(32) & 0xFF,
                b.get(33) & 0xFF,
                b.getInt(36),
                b.getLong(40));
    }

    /** Reads and judges the header of a file. */
    static QcowHeader read(Storage storage) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES);
        bytes.limit((int) Math.min(BYTES, storage.size()));
        storage.read(bytes, 0);
        QcowHeader header = decode(bytes.clear());
        header.judge();
        long l1 = header.tables() * Long.BYTES;
        if (header.l1Position < 0 || header.l1Position > storage.size() - l1) {
            throw bad("L1 table of " + l1 + " bytes at " + header.l1Position + " ends behind the file of "
                    + storage.size() + " bytes");
        }
        return header;
    }

    private void judge() throws DiskException {
        if (magic != MAGIC || version != 1) {
            throw bad("begins with 0x" + Integer.toHexString(magic) + " and version " + version
                    + ", not with 0x514649fb and 1");
        }
        if (clusterBits < 9 || clusterBits > 16 || l2Bits < 6 || l2Bits > 13) {
            throw bad("cluster bits " + clusterBits + " are not from 9 to 16, or L2 bits " + l2Bits
                    + " not from 6 to 13");
        }
        if (encryption != 0) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED, "QCOW header: the image is encrypted (method " + encryption + ")");
        }
        if (size <= 0 || size > Long.MAX_VALUE - coverage() || tables() * Long.BYTES > MOST_L1) {
            throw bad("size " + Long.toUnsignedString(size) + " needs an L1 table of more than " + MOST_L1 + " bytes");
        }
        if (namePosition < 0 || namePosition != 0 && (nameLength < 0 || nameLength > MOST_NAME)) {
            throw bad("backing file name of " + nameLength + " bytes at " + namePosition);
        }
    }

    static DiskException bad(String what) {
        return new DiskException(ErrorCode.BAD_HEADER, "QCOW header: " + what);
    }

    int clusterSize() {
        return 1 << clusterBits;
    }

    /** Bytes of the disk that one L2 table is for. */
    long coverage() {
        return 1L << clusterBits + l2Bits;
    }

    /** Entries of the L1 table. */
    long tables() {
        return (size + coverage() - 1) / coverage();
    }
}
