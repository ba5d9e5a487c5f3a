// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.nio.ByteBuffer;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** Sizes and counts of an image, 28 bytes, in version 0.2 without {@code extra}. Source: docs/formats/vdi.md, section 3. */
record VdiSizes(
        long disk, // 0x00 u64, bytes
        long block, // 0x08 u32, bytes
        long extra, // 0x0C u32, bytes in front of each block
        long blocks, // 0x10 u32, entries of the map
        long allocated) { // 0x14 u32, the next free physical block

    /** The position of the data has 32 bits; this is the largest that every reader takes. */
    private static final long MOST_DATA_POSITION = 0xFFF0_0000L;

    /** The last numbers of physical blocks mean zero and free. */
    private static final long MOST_BLOCKS = 0xFFFF_FFFEL;

    static VdiSizes decode(ByteBuffer source) {
        return new VdiSizes(source.getLong(), u32(source), u32(source), u32(source), u32(source));
    }

    static VdiSizes decode02(ByteBuffer source) {
        return new VdiSizes(source.getLong(), u32(source), 0, u32(source), u32(source));
    }

    void encode(ByteBuffer target) {
        target.putLong(disk).putInt((int) block).putInt((int) extra).putInt((int) blocks);
        target.putInt((int) allocated);
    }

    void encode02(ByteBuffer target) {
        target.putLong(disk).putInt((int) block).putInt((int) blocks).putInt((int) allocated);
    }

    static long u32(ByteBuffer in) {
        return Integer.toUnsignedLong(in.getInt());
    }

    /** Refuses a disk that needs more blocks, or data farther back, than the format has numbers for. */
    static void check(long disk, long blocks, long dataPosition) throws DiskException {
        if (blocks > MOST_BLOCKS || dataPosition > MOST_DATA_POSITION) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE,
                    "VDI: a disk of " + disk + " bytes needs " + blocks + " blocks and data at " + dataPosition
                            + "; the most are " + MOST_BLOCKS + " and " + MOST_DATA_POSITION);
        }
    }

    /** How many entries of the map count: enough for the disk. */
    long needed() {
        return needed(disk, block);
    }

    static long needed(long disk, long block) {
        return (disk - 1) / block + 1;
    }

    /** From one physical block to the next, bytes. */
    long stride() {
        return extra + block;
    }

    VdiSizes withDisk(long bytes) {
        return new VdiSizes(bytes, block, extra, blocks, allocated);
    }

    VdiSizes withCounts(long entries, long next) {
        return new VdiSizes(disk, block, extra, entries, next);
    }
}
