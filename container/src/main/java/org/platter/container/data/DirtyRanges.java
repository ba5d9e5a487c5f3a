// SPDX-License-Identifier: Apache-2.0
package org.platter.container.data;

import java.util.BitSet;

/** Which stretches of 1 MiB have been written. Safe for use by many threads. */
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
