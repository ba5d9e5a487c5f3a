// SPDX-License-Identifier: Apache-2.0
package org.platter.container.data;

import java.util.BitSet;

/**
 * Which stretches of 1 MiB have been written. Safe for use by many threads.
 *
 * <p>Rule of order: a stretch is taken off the list before it is copied, never after. A write that comes in between puts it
 * on the list again, and it is copied once more; the other way round that write would be forgotten. A bit for a
 * stretch, and not a list of ranges, keeps the memory bounded: 8 KiB for 64 GiB, whatever the guest does.
 */
public final class DirtyRanges {
    /** Bytes of a stretch. */
    public static final int UNIT = 1 << 20;

    private final BitSet units = new BitSet(); // guarded by this

    /** Notes that the range is written. */
    public synchronized void mark(long offset, long length) {
        units.set((int) (offset / UNIT), (int) ((offset + length - 1) / UNIT) + 1);
    }

    /** The offset of a written stretch, which is forgotten; -1 if there is none. */
    public synchronized long take() {
        int unit = units.nextSetBit(0);
        if (unit < 0) {
            return -1;
        }
        units.clear(unit);
        return (long) unit * UNIT;
    }

    /** How many stretches have been written. */
    public synchronized int count() {
        return units.cardinality();
    }
}
