// SPDX-License-Identifier: Apache-2.0
package org.platter.container.data;

import java.util.concurrent.locks.StampedLock;

/**
 * Locks of ranges of a disk: shared to map and transfer, exclusive to change the map. The disk is cut into units of 1
 * MiB that share 64 locks, taken in ascending order, so that no two threads wait for each other. No thread takes a second
 * range while it holds one. A lock may be released by another thread than the one that took it.
 *
 * <p>Why shared locks for transfers: between looking a block up and moving its bytes nobody may let the block go or move
 * it, or the bytes of another block would be read or overwritten. Why exclusive ones for every change of the map: two
 * writers that find the same block missing would each reserve storage for it, and the one that comes later would hide
 * what the other has written. Two writes into one place hold it shared, both: which of them wins is the callers'
 * affair, as on any disk.
 *
 * <p>Why stamped locks: asynchronous requests let go on the thread that their storage completes on.
 */
public final class RangeLocks {
    private static final int UNIT_BITS = 20;
    private static final int STRIPES = 64;

    private final StampedLock[] stripes = new StampedLock[STRIPES];

    /** Locks for one disk, nothing held. */
    public RangeLocks() {
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new StampedLock();
        }
    }

    /** A range that is held until it is closed, once. */
    public final class Held implements AutoCloseable {
        private final long mask;
        private final long[] stamps;

        private Held(long mask) {
            this.mask = mask;
            stamps = new long[Long.bitCount(mask)];
        }

        @Override
        public void close() {
            int slot = 0;
            for (long rest = mask; rest != 0 && stamps[slot] != 0; rest &= rest - 1) {
                stripes[Long.numberOfTrailingZeros(rest)].unlock(stamps[slot++]);
            }
        }
    }

    /** Waits for a range to read, or to transfer in place. */
    public Held shared(long offset, long length) {
        Held held = new Held(mask(offset, length));
        int slot = 0;
        for (long rest = held.mask; rest != 0; rest &= rest - 1) {
            held.stamps[slot++] = stripes[Long.numberOfTrailingZeros(rest)].readLock();
        }
        return held;
    }

    /** The same if that is possible without waiting, else null. */
    public Held trySharedNow(long offset, long length) {
        Held held = new Held(mask(offset, length));
        int slot = 0;
        for (long rest = held.mask; rest != 0; rest &= rest - 1) {
            long stamp = stripes[Long.numberOfTrailingZeros(rest)].tryReadLock();
            if (stamp == 0) {
                held.close();
                return null;
            }
            held.stamps[slot++] = stamp;
        }
        return held;
    }

    /** Waits for a range to change its map. */
    public Held exclusive(long offset, long length) {
        Held held = new Held(mask(offset, length));
        int slot = 0;
        for (long rest = held.mask; rest != 0; rest &= rest - 1) {
            held.stamps[slot++] = stripes[Long.numberOfTrailingZeros(rest)].writeLock();
        }
        return held;
    }

    private static long mask(long offset, long length) {
        long first = offset >>> UNIT_BITS;
        long count = ((offset + length - 1) >>> UNIT_BITS) - first + 1;
        if (count >= STRIPES) {
            return -1L;
        }
        return Long.rotateLeft((1L << count) - 1, (int) (first % STRIPES));
    }
}
