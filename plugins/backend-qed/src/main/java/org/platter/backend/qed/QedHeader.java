// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qed;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** Header of a QED file. Little-endian, 64 bytes at position 0. Source: docs/formats/qed.md, section 2. */
record QedHeader(
        int magic, // 0x00 u32
        int cluster, // 0x04 u32, bytes
        int table, // 0x08 u32, clusters of a table
        int headerClusters, // 0x0C u32
        long features, // 0x10 u64, incompatible
        long compatible, // 0x18 u64, without meaning for readers
        long autoclear, // 0x20 u64, without meaning for readers
        long l1Position, // 0x28 u64
        long size, // 0x30 u64
        long backingPosition, // 0x38 u32
        long backingLength) { // 0x3C u32
    static final int BYTES = 64;
    static final int MAGIC = 0x0044_4551;
    static final int BACKING = 1;
    static final int NEEDS_CHECK = 2;
    static final int BACKING_IS_RAW = 4;
    static final int MOST_NAME = 1023;

    private static final long KNOWN = BACKING | NEEDS_CHECK | BACKING_IS_RAW;
    private static final int LEAST_CLUSTER = 1 << 12;
    private static final int MOST_CLUSTER = 1 << 26;
    private static final int MOST_TABLE = 16;
    private static final int SECTOR = 512;
    private static final long MOST_SIZE = Long.MAX_VALUE / 2;
    private static final long LOWER = 0xFFFF_FFFFL;

    static QedHeader decode(ByteBuffer source) {
        ByteBuffer in = source.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        return new QedHeader(
                in.getInt(),
                in.getInt(),
                in.getInt(),
                in.getInt(),
                in.getLong(),
                in.getLong(),
                in.getLong(),
                in.getLong(),
                in.getLong(),
                in.getInt() & LOWER,
                in.getInt() & LOWER);
    }

    /** The same, judged beside the size of the file. */
    QedHeader validated(long fileSize) throws DiskException {
        require(magic == MAGIC, "signature " + Integer.toHexString(magic) + " is not " + Integer.toHexString(MAGIC));
        requireKnown();
        require(power(cluster, LEAST_CLUSTER, MOST_CLUSTER), "cluster of " + Integer.toUnsignedString(cluster));
        require(power(table, 1, MOST_TABLE), "table of " + Integer.toUnsignedString(table) + " clusters");
        require(
                headerClusters > 0 && (long) headerClusters * cluster <= Math.max(fileSize, cluster),
                "header of " + Integer.toUnsignedString(headerClusters) + " clusters in a file of " + fileSize);
        require(
                size >= 0
                        && size <= MOST_SIZE
                        && size % SECTOR == 0
                        && (size - 1) / cluster / tableEntries() < tableEntries(),
                "disk of " + Long.toUnsignedString(size) + " bytes");
        require(
                l1Position >= (long) headerClusters * cluster
                        && l1Position % cluster == 0
                        && l1Position <= fileSize - tableBytes(),
                "first table at " + Long.toUnsignedString(l1Position) + " in a file of " + fileSize);
        require(
                !has(BACKING)
                        || backingLength > 0
                                && backingLength <= MOST_NAME
                                && backingPosition >= BYTES
                                && backingPosition + backingLength
                                        <= Math.min((long) headerClusters * cluster, fileSize),
                "name of the backing file of " + backingLength + " bytes at " + backingPosition);
        return this;
    }

    private void requireKnown() throws DiskException {
        long unknown = features & ~KNOWN;
        if (unknown != 0) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED,
                    "QED header: incompatible feature bit " + Long.numberOfTrailingZeros(unknown) + " is not known, of "
                            + Long.toHexString(features));
        }
    }

    private static boolean power(int value, int least, int most) {
        return value >= least && value <= most && Integer.bitCount(value) == 1;
    }

    private static void require(boolean holds, String otherwise) throws DiskException {
        if (!holds) {
            throw new DiskException(ErrorCode.BAD_HEADER, "QED header: " + otherwise);
        }
    }

    boolean has(int feature) {
        return (features & feature) != 0;
    }

    long tableBytes() {
        return (long) table * cluster;
    }

    /** Entries of a table of either level. */
    long tableEntries() {
        return tableBytes() / Long.BYTES;
    }

    long clusters() {
        return size == 0 ? 0 : (size - 1) / cluster + 1;
    }
}
