// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.layout;

/**
 * The 64-bit entries of tables: L1, L2 and refcount table. Source: docs/formats/qcow2.md, sections 3 to 6.
 */
public final class Entry {
    /** The cluster belongs to this entry alone: it may be changed in place. */
    public static final long COPIED = 1L << 63;

    /** The entry describes a compressed stream. */
    public static final long COMPRESSED = 1L << 62;

    /** The cluster reads as zeroes, whatever it holds. */
    public static final long ZERO = 1;

    /** Position of a cluster. */
    public static final long POSITION = 0x00FF_FFFF_FFFF_FE00L;

    /** All subclusters are allocated. */
    public static final long ALL_ALLOCATED = 0xFFFF_FFFFL;

    /** All subclusters are zeroes. */
    public static final long ALL_ZERO = 0xFFFF_FFFFL << 32;

    private static final long RESERVED = 0x3F00_0000_0000_01FEL;
    private static final long L1_RESERVED = 0x7F00_0000_0000_01FFL;
    private static final int SECTOR = 512;

    private Entry() {}

    /** Where the cluster or table is. */
    public static long position(long entry) {
        return entry & POSITION;
    }

    /** True if the entry may be changed in place. */
    public static boolean copied(long entry) {
        return (entry & COPIED) != 0;
    }

    /** True for a compressed stream. */
    public static boolean compressed(long entry) {
        return (entry & COMPRESSED) != 0;
    }

    /** True for a cluster of zeroes; never in extended entries. */
    public static boolean zero(long entry) {
        return (entry & ZERO) != 0;
    }

    /** True if bits of an L2 entry are set that have no meaning. */
    public static boolean reservedSet(long entry, boolean zeroAllowed) {
        return (entry & (zeroAllowed ? RESERVED : RESERVED | ZERO)) != 0;
    }

    /** True if bits of an L1 entry are set that have no meaning. */
    public static boolean reservedSetInL1(long entry) {
        return (entry & L1_RESERVED) != 0;
    }

    private static int sectorShift(int clusterBits) {
        return 62 - (clusterBits - 8);
    }

    /** The first byte of a compressed stream. */
    public static long streamPosition(long entry, int clusterBits) {
        return entry & (1L << sectorShift(clusterBits)) - 1;
    }

    /** The end of the sectors that a compressed stream is in. */
    public static long streamEnd(long entry, int clusterBits) {
        int shift = sectorShift(clusterBits);
        long more = entry >>> shift & (1L << clusterBits - 8) - 1;
        return streamPosition(entry, clusterBits) / SECTOR * SECTOR + (more + 1) * SECTOR;
    }

    /** The entry of a stream. */
    public static long stream(long position, int length, int clusterBits) {
        long more = (position + length - 1) / SECTOR - position / SECTOR;
        return COMPRESSED | more << sectorShift(clusterBits) | position;
    }

    /** True if a stream at that position and of that length can be described. */
    public static boolean describes(long position, int length, int clusterBits) {
        long more = (position + length - 1) / SECTOR - position / SECTOR;
        return position + length <= 1L << sectorShift(clusterBits) && more < 1L << clusterBits - 8;
    }
}
