// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.layout;

import java.nio.ByteBuffer;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** Header of an image. Big-endian, 72 to 112 bytes at position 0. Source: docs/formats/qcow2.md, section 1. */
public record Header(
        int magic, // 0x00 u32
        int version, // 0x04 u32, 2 or 3
        long namePosition, // 0x08 u64, of the backing file's name, 0 for none
        long nameLength, // 0x10 u32
        int clusterBits, // 0x14 u32
        long size, // 0x18 u64
        int encryption, // 0x20 u32
        long l1Size, // 0x24 u32, entries
        long l1Position, // 0x28 u64
        long refcountsPosition, // 0x30 u64
        long refcountsClusters, // 0x38 u32
        long snapshots, // 0x3C u32
        long snapshotsPosition, // 0x40 u64
        long incompatible, // 0x48 u64, from here on version 3 only
        long compatible, // 0x50 u64
        long autoclear, // 0x58 u64
        int refcountOrder, // 0x60 u32
        long length, // 0x64 u32
        int compression) { // 0x68 u8

    /** Bytes that are looked at. */
    public static final int BYTES = 112;

    /** The first bytes of every image. */
    public static final int MAGIC = 0x5146_49FB;

    static final int OLD_BYTES = 72;
    private static final int FULL_BYTES = 104;
    private static final long MOST_L1 = 32L << 20;
    private static final long MOST_REFCOUNTS = 8L << 20;
    private static final long MOST_NAME = 1023;
    private static final int MOST_SNAPSHOTS = 65536;

    /** Any {@value #BYTES} bytes give a header; version 2 has no features. */
    public static Header decode(ByteBuffer source) {
        ByteBuffer b = source.duplicate();
        boolean old = b.getInt(b.position() + Integer.BYTES) == 2;
        return new Header(
                b.getInt(),
                b.getInt(),
                b.getLong(),
                unsigned(b),
                b.getInt(),
                b.getLong(),
                b.getInt(),
                unsigned(b),
                b.getLong(),
                b.getLong(),
                unsigned(b),
                unsigned(b),
                b.getLong(),
                old ? 0 : b.getLong(),
                old ? 0 : b.getLong(),
                old ? 0 : b.getLong(),
                old ? 4 : b.getInt(),
                old ? OLD_BYTES : unsigned(b),
                !old && Integer.toUnsignedLong(b.getInt(b.position() - Integer.BYTES)) > FULL_BYTES
                        ? b.get() & 0xFF
                        : 0);
    }

    private static long unsigned(ByteBuffer b) {
        return Integer.toUnsignedLong(b.getInt());
    }

    /** The bytes of the header, as many as it says that it has, at most {@value #BYTES}. */
    public ByteBuffer encode() {
        ByteBuffer b = ByteBuffer.allocate(BYTES);
        b.putInt(magic).putInt(version);
        b.putLong(namePosition).putInt((int) nameLength);
        b.putInt(clusterBits).putLong(size).putInt(encryption);
        b.putInt((int) l1Size).putLong(l1Position);
        b.putLong(refcountsPosition).putInt((int) refcountsClusters);
        b.putInt((int) snapshots).putLong(snapshotsPosition);
        if (version > 2) {
            b.putLong(incompatible).putLong(compatible).putLong(autoclear);
            b.putInt(refcountOrder).putInt((int) length);
            b.put((byte) compression);
        }
        return b.clear().limit((int) Math.min(length, BYTES));
    }

    /** Refuses what no reader can make sense of, or this one does not understand. */
    public Header validated(byte[] featureNames) throws DiskException {
        if (magic != MAGIC) {
            throw Bad.header("begins with 0x" + Integer.toHexString(magic) + ", not with 0x514649fb");
        }
        if (version != 2 && version != 3) {
            throw new DiskException(
                    version == 1 ? ErrorCode.NOT_SUPPORTED : ErrorCode.BAD_HEADER,
                    "QCOW2 header: version " + Integer.toUnsignedString(version)
                            + (version == 1 ? "; that is format QCOW" : "; known are 2 and 3"));
        }
        if (clusterBits < 9 || clusterBits > 21) {
            throw Bad.header("cluster bits " + Integer.toUnsignedString(clusterBits) + " are not from 9 to 21");
        }
        features(featureNames);
        lengths();
        tables();
        return this;
    }

    private void features(byte[] names) throws DiskException {
        if ((incompatible & ~Features.KNOWN) != 0) {
            throw Bad.unsupported("the image needs unknown features: " + Features.unknown(incompatible, names));
        }
        if (encryption != 0) {
            throw Bad.unsupported("the image is encrypted (method " + Integer.toUnsignedString(encryption)
                    + (encryption == 1 ? ", AES)" : encryption == 2 ? ", LUKS)" : ")"));
        }
        if (has(Features.COMPRESSION) != (compression != 0)) {
            throw Bad.header("compression type " + compression + " contradicts the feature bit for it");
        }
        if (compression > 1) {
            throw Bad.unsupported("compression type " + compression + " is unknown; known are 0 (zlib) and 1 (zstd)");
        }
        if (has(Features.EXTENDED_L2) && clusterBits < 14) {
            throw Bad.header("extended L2 entries need cluster bits from 14 on, not " + clusterBits);
        }
    }

    private void lengths() throws DiskException {
        if (length < (version == 2 ? OLD_BYTES : FULL_BYTES)
                || length % 8 != 0
                || length > clusters().size()) {
            throw Bad.header(
                    "header length " + length + " in clusters of " + clusters().size());
        }
        if (refcountOrder < 0 || refcountOrder > 6) {
            throw Bad.header("refcount order " + Integer.toUnsignedString(refcountOrder) + " is not from 0 to 6");
        }
        if (namePosition != 0
                && (namePosition < 0
                        || nameLength > MOST_NAME
                        || namePosition > clusters().size() - nameLength)) {
            throw Bad.header("backing file name at " + Long.toUnsignedString(namePosition) + ", " + nameLength
                    + " bytes, is not in the first cluster or longer than " + MOST_NAME);
        }
        if (size < 0) {
            throw Bad.header("size " + Long.toUnsignedString(size) + " of the disk is more than 2^63-1");
        }
    }

    private void tables() throws DiskException {
        place("L1 table", l1Position, l1Size * Long.BYTES);
        if (l1Size * Long.BYTES > MOST_L1) {
            throw Bad.header("L1 table of " + l1Size + " entries is larger than " + MOST_L1 + " bytes");
        }
        if (clusters().tables(size) > l1Size) {
            throw Bad.header("L1 table of " + l1Size + " entries, a disk of " + size + " bytes needs "
                    + clusters().tables(size));
        }
        long bytes = refcountsClusters << clusterBits;
        place("refcount table", refcountsPosition, bytes);
        if (bytes == 0 || bytes > Math.max(MOST_REFCOUNTS, clusters().size())) {
            throw Bad.header("refcount table of " + refcountsClusters + " clusters is empty or larger than "
                    + MOST_REFCOUNTS + " bytes");
        }
        if (snapshots > MOST_SNAPSHOTS) {
            throw Bad.header(snapshots + " snapshots are more than " + MOST_SNAPSHOTS);
        }
        place("snapshot table", snapshots == 0 ? 0 : snapshotsPosition, 0);
    }

    private void place(String what, long position, long bytes) throws DiskException {
        if (position < 0 || position % clusters().size() != 0 || position > (1L << 56) - bytes) {
            throw Bad.header(
                    what + " at " + Long.toUnsignedString(position) + " does not start at a cluster below 2^56");
        }
    }

    /** Sizes that follow from the cluster size. */
    public Clusters clusters() {
        return new Clusters(clusterBits, has(Features.EXTENDED_L2));
    }

    /** True if this incompatible feature is set. */
    public boolean has(long feature) {
        return (incompatible & feature) != 0;
    }

    /** Bits of a refcount. */
    public int refcountBits() {
        return 1 << refcountOrder;
    }

    /** The same with other features. */
    public Header withFeatures(long newIncompatible, long newAutoclear) {
        return with(namePosition, nameLength, size, l1Size, l1Position, refcountsPosition, refcountsClusters)
                .marked(newIncompatible, newAutoclear);
    }

    private Header marked(long newIncompatible, long newAutoclear) {
        return new Header(
                magic,
                version,
                namePosition,
                nameLength,
                clusterBits,
                size,
                encryption,
                l1Size,
                l1Position,
                refcountsPosition,
                refcountsClusters,
                snapshots,
                snapshotsPosition,
                newIncompatible,
                compatible,
                newAutoclear,
                refcountOrder,
                length,
                compression);
    }

    /** The same with the name of the backing file elsewhere. */
    public Header withName(long position, long bytes) {
        return with(position, bytes, size, l1Size, l1Position, refcountsPosition, refcountsClusters);
    }

    /** The same with a disk of another size and another L1 table. */
    public Header withSize(long bytes, long entries, long position) {
        return with(namePosition, nameLength, bytes, entries, position, refcountsPosition, refcountsClusters);
    }

    /** The same with another refcount table. */
    public Header withRefcounts(long position, long count) {
        return with(namePosition, nameLength, size, l1Size, l1Position, position, count);
    }

    private Header with(
            long newNamePosition,
            long newNameLength,
            long newSize,
            long newL1Size,
            long newL1Position,
            long newRefcountsPosition,
            long newRefcountsClusters) {
        return new Header(
                magic,
                version,
                newNamePosition,
                newNameLength,
                clusterBits,
                newSize,
                encryption,
                newL1Size,
                newL1Position,
                newRefcountsPosition,
                newRefcountsClusters,
                snapshots,
                snapshotsPosition,
                incompatible,
                compatible,
                autoclear,
                refcountOrder,
                length,
                compression);
    }
}
