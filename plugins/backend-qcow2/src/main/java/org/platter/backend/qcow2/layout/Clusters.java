// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.layout;

/**
 * Sizes that follow from the size of a cluster. Source: docs/formats/qcow2.md, section 3.
 *
 * @param bits a cluster has {@code 1 << bits} bytes
 * @param extended true if entries of L2 tables have 16 bytes, the second half for 32 subclusters
 */
public record Clusters(int bits, boolean extended) {
    /** Subclusters of a cluster where entries are extended. */
    public static final int SUBCLUSTERS = 32;

    /** Bytes of a cluster. */
    public int size() {
        return 1 << bits;
    }

    /** The cluster that an offset or position is in. */
    public long of(long at) {
        return at >>> bits;
    }

    /** The first cluster that starts at or after an offset or position. */
    public long up(long at) {
        return at + size() - 1 >>> bits;
    }

    /** Where a cluster starts. */
    public long at(long cluster) {
        return cluster << bits;
    }

    /** Words of 64 bits in an L2 entry. */
    public int words() {
        return extended ? 2 : 1;
    }

    /** Entries of an L2 table are {@code 1 << l2Bits()}. */
    public int l2Bits() {
        return bits - (extended ? 4 : 3);
    }

    /** Words of 64 bits in a cluster of a table. */
    public int tableWords() {
        return size() / Long.BYTES;
    }

    /** The L2 table of a cluster of the disk. */
    public long table(long cluster) {
        return cluster >>> l2Bits();
    }

    /** How many L2 tables a disk of that size needs. */
    public long tables(long disk) {
        return table(up(disk) + (1L << l2Bits()) - 1);
    }

    /** Parts of a cluster that may be of different kinds. */
    public int units() {
        return extended ? SUBCLUSTERS : 1;
    }

    /** Bytes of such a part. */
    public int unit() {
        return size() / units();
    }
}
