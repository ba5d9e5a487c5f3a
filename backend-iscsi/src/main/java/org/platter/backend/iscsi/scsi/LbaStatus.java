// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.scsi;

/**
 * The answer to GET LBA STATUS: which blocks are given up, from the block asked for on, as far as it tells. What it does
 * not tell, or tells in disorder, counts as mapped.
 */
public final class LbaStatus {
    /** Bytes to ask for: 255 descriptors. */
    public static final int BYTES = 8 + 255 * 16;

    /** Tells of no block. */
    public static final LbaStatus NOTHING = new LbaStatus(new long[0], new long[0], new boolean[0], 0);

    private final long[] starts;
    private final long[] ends;
    private final boolean[] mapped;
    private final int count;

    private LbaStatus(long[] starts, long[] ends, boolean[] mapped, int count) {
        this.starts = starts;
        this.ends = ends;
        this.mapped = mapped;
        this.count = count;
    }

    /** Reads the answer to a question that began at {@code block} of a unit of that many blocks. */
    public static LbaStatus decode(Reply reply, long block, long blocks) {
        int told = (int) Math.min(reply.u32(0) - 4, reply.data().remaining() - 8) / 16;
        int most = Math.max(0, told);
        long[] starts = new long[most];
        long[] ends = new long[most];
        boolean[] mapped = new boolean[most];
        int count = 0;
        long next = block;
        while (count < most) {
            long start = reply.i64(8 + 16 * count);
            long length = reply.u32(16 + 16 * count);
            boolean ordered = count == 0 ? start == block : start >= next;
            if (!ordered || length == 0 || start >= blocks) {
                break;
            }
            next = Math.min(blocks, start + length);
            starts[count] = start;
            ends[count] = next;
            mapped[count] = (reply.u8(20 + 16 * count) & 0x0F) == 0;
            count++;
        }
        return new LbaStatus(starts, ends, mapped, count);
    }

    /** True if it tells of that block. */
    public boolean covers(long block) {
        return count > 0 && block >= starts[0] && block < ends[count - 1];
    }

    /** The first block from {@code block} on that may hold data; the end of what is told if there is none. */
    public long nextMapped(long block) {
        long at = block;
        for (int i = 0; i < count; i++) {
            if (at < starts[i]) {
                return at;
            }
            if (at < ends[i]) {
                if (mapped[i]) {
                    return at;
                }
                at = ends[i];
            }
        }
        return at;
    }

    /** The first block from {@code block} on that is given up; the end of what is told if there is none. */
    public long nextUnmapped(long block) {
        for (int i = 0; i < count; i++) {
            if (ends[i] > block && !mapped[i]) {
                return Math.max(block, starts[i]);
            }
        }
        return Math.max(block, end());
    }

    /** The first block that it does not tell of. */
    public long end() {
        return count == 0 ? 0 : ends[count - 1];
    }
}
