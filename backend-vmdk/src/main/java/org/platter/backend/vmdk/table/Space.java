// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.table;

import java.util.BitSet;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.error.DiskException;

/**
 * Which parts of a file are in use, in units that divide every place of a grain. Positions are bytes. For one thread.
 */
public final class Space {
    /** The most units: 64 MiB of memory. */
    public static final long MOST_UNITS = 1L << 29;

    private final int shift;
    private final BitSet used = new BitSet();
    private int search; // no room for a grain below this unit
    private int searched; // units of the grain that this is true for

    /** Nothing in use, in units of {@code unit} bytes, a power of two, for a file of {@code size} bytes. */
    public Space(long unit, long size) throws DiskException {
        shift = Long.numberOfTrailingZeros(unit);
        if (size >> shift >= MOST_UNITS) {
            throw Bad.unsupported("VMDK sparse extent: grains at multiples of " + unit + " bytes in a file of " + size
                    + " are too many places to keep, so that it can only be read");
        }
    }

    /** Bytes of a unit. */
    public long unit() {
        return 1L << shift;
    }

    private int unit(long position) {
        return (int) (position >> shift);
    }

    private int unitUp(long position) {
        return (int) (position + (1L << shift) - 1 >> shift);
    }

    /** Takes the range, widened to whole units; false if a part of it was in use. */
    public boolean take(long from, long to) {
        int first = unit(from);
        int end = unitUp(to);
        int taken = used.nextSetBit(first);
        used.set(first, end);
        return taken < 0 || taken >= end;
    }

    /** True if a part of the range is in use. */
    public boolean uses(long from, long to) {
        int taken = used.nextSetBit(unit(from));
        return taken >= 0 && taken < unitUp(to);
    }

    /** Gives back a range of whole units. */
    public void give(long from, long to) {
        used.clear(unit(from), unit(to));
        search = Math.min(search, Math.max(0, unit(from) - searched));
    }

    /**
     * Takes the lowest free place for {@code least} bytes, and as many more up to {@code most} as are free behind.
     * Both are multiples of the unit.
     *
     * @return position and end, or null if there is no place below {@code limit}
     */
    public Range takeLowest(long least, long most, long limit) {
        int want = unit(least);
        int from = used.nextClearBit(want == searched ? search : 0);
        int end = used.nextSetBit(from);
        while (end >= 0 && end - from < want) {
            from = used.nextClearBit(end);
            end = used.nextSetBit(from);
        }
        search = from;
        searched = want;
        long position = (long) from << shift;
        long room = end < 0 ? most : Math.min(most, (long) (end - from) << shift);
        room = Math.min(room, Math.min(limit, MOST_UNITS << shift) - position) & -(1L << shift);
        if (room < least) {
            return null;
        }
        take(position, position + room / least * least);
        return new Range(position, position + room / least * least);
    }

    /** The end of what is in use. */
    public long end() {
        return (long) used.length() << shift;
    }

    /** The first free position from {@code position} on. */
    public long nextFree(long position) {
        return (long) used.nextClearBit(unit(position)) << shift;
    }

    /** The first position in use from {@code position} on, or {@link #end}. */
    public long nextUsed(long position) {
        int unit = used.nextSetBit(unit(position));
        return unit < 0 ? Math.max(position, end()) : (long) unit << shift;
    }

    /** A stretch of a file, from inclusive to exclusive. */
    public record Range(long from, long to) {}
}
