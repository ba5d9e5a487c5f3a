// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.scsi;

/**
 * A command descriptor block, padded with zeroes to 16 bytes. Blocks are logical blocks.
 *
 * @param name as people call it
 * @param high bytes 0 to 7, big-endian
 * @param low bytes 8 to 15
 */
public record Cdb(String name, long high, long low) {
    private static final long MOST_10 = 0xFFFF;
    private static final int UNMAP_BIT = 0x08;

    /** Is the unit ready? */
    public static final Cdb TEST_UNIT_READY = new Cdb("TEST UNIT READY", 0, 0);

    /** All of the volatile cache to the medium; the answer comes when that is done. */
    public static final Cdb SYNCHRONIZE_CACHE = new Cdb("SYNCHRONIZE CACHE", 0x35L << 56, 0);

    /** Sense in fixed format. */
    public static Cdb requestSense(int allocation) {
        return new Cdb("REQUEST SENSE", 0x03L << 56 | (long) allocation << 24, 0);
    }

    /** Standard inquiry data. */
    public static Cdb inquiry(int allocation) {
        return new Cdb("INQUIRY", 0x12L << 56 | (long) allocation << 24, 0);
    }

    /** A page of vital product data. */
    public static Cdb vitalProductData(int page, int allocation) {
        return new Cdb("INQUIRY", 0x12L << 56 | 1L << 48 | (long) page << 40 | (long) allocation << 24, 0);
    }

    /** Mode pages, without block descriptors, with 6 bytes. */
    public static Cdb modeSense6(int page, int allocation) {
        return new Cdb("MODE SENSE(6)", 0x1AL << 56 | 0x08L << 48 | (long) page << 40 | (long) allocation << 24, 0);
    }

    /** The same with 10 bytes. */
    public static Cdb modeSense10(int page, int allocation) {
        return new Cdb(
                "MODE SENSE(10)",
                0x5AL << 56 | 0x08L << 48 | (long) page << 40 | allocation >> 8 & 0xFF,
                (long) (allocation & 0xFF) << 56);
    }

    /** Size in 32 bits. */
    public static Cdb readCapacity10() {
        return new Cdb("READ CAPACITY(10)", 0x25L << 56, 0);
    }

    /** Size in 64 bits, and provisioning. */
    public static Cdb readCapacity16(int allocation) {
        return new Cdb("READ CAPACITY(16)", 0x9E10L << 48, (long) allocation << 16);
    }

    /** Which blocks are mapped, from a block on. */
    public static Cdb getLbaStatus(long block, int allocation) {
        return new Cdb("GET LBA STATUS", 0x9E12L << 48 | block >>> 16, block << 48 | (long) allocation << 16);
    }

    /** All logical units. */
    public static Cdb reportLuns(int allocation) {
        return new Cdb("REPORT LUNS", 0xA0L << 56 | allocation >>> 16 & 0xFFFF, (long) allocation << 48);
    }

    /** Reads blocks; 10 bytes while that is enough, as some targets know no more. */
    public static Cdb read(long block, long blocks) {
        return transfer("READ", 0x28, 0x88, 0, block, blocks);
    }

    /** Writes blocks. */
    public static Cdb write(long block, long blocks) {
        return transfer("WRITE", 0x2A, 0x8A, 0, block, blocks);
    }

    /** Writes one block many times over. */
    public static Cdb writeSame(long block, long blocks) {
        return transfer("WRITE SAME", 0x41, 0x93, 0, block, blocks);
    }

    /** The same, and lets the unit give up the blocks if they then read the same. */
    public static Cdb writeSameUnmapping(long block, long blocks, boolean sixteen) {
        return sixteen
                ? long16("WRITE SAME(16)", 0x93, UNMAP_BIT, block, blocks)
                : transfer("WRITE SAME", 0x41, 0x93, UNMAP_BIT, block, blocks);
    }

    /** Gives up the blocks in a parameter list of that many bytes. */
    public static Cdb unmap(int listLength) {
        return new Cdb("UNMAP", 0x42L << 56 | listLength >> 8 & 0xFF, (long) (listLength & 0xFF) << 56);
    }

    private static Cdb transfer(String name, int ten, int sixteen, int flags, long block, long blocks) {
        if (block + blocks - 1 > 0xFFFF_FFFFL || blocks > MOST_10) {
            return long16(name + "(16)", sixteen, flags, block, blocks);
        }
        return new Cdb(
                name + "(10)",
                (long) ten << 56 | (long) flags << 48 | block << 16 | blocks >> 8 & 0xFF,
                (blocks & 0xFF) << 56);
    }

    private static Cdb long16(String name, int code, int flags, long block, long blocks) {
        return new Cdb(name, (long) code << 56 | (long) flags << 48 | block >>> 16, block << 48 | blocks << 16);
    }

    /** The operation code. */
    public int code() {
        return (int) (high >>> 56);
    }

    /** The first block of a command that has one, read back from the bytes. */
    public long block() {
        return code() < 0x80 ? high >>> 16 & 0xFFFF_FFFFL : high << 16 | low >>> 48;
    }

    /** The number of blocks of a command that has one, read back from the bytes. */
    public long blocks() {
        return code() < 0x80 ? (high & 0xFF) << 8 | low >>> 56 : low >>> 16 & 0xFFFF_FFFFL;
    }

    @Override
    public String toString() {
        return name;
    }
}
