// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.table;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * Hands out places for grains and tables, the lowest first. What is let go counts as used until the next flush is done;
 * what was handed out and not put to use is free again then. For one thread.
 */
public final class GrainAllocator {
    private final Space space;
    private final long grain;
    private final NavigableMap<Long, Long> reserved = new TreeMap<>(); // from, to
    private final NavigableMap<Long, Long> released = new TreeMap<>(); // from, to
    private NavigableMap<Long, Long> touched; // from, to: all that was taken or let go, null while nobody asks

    public GrainAllocator(Space space, long grain) {
        this.space = space;
        this.grain = grain;
    }

    /** A place for 1 to {@code most} grains. */
    public Space.Range reserve(long most) throws DiskException {
        Space.Range range = take(grain, most * grain);
        reserved.put(range.from(), range.to());
        return range;
    }

    /** A place for that many bytes of tables, in use at once. */
    public long table(long bytes) throws DiskException {
        return take(Sectors.roundUp(bytes, space.unit()), Sectors.roundUp(bytes, space.unit()))
                .from();
    }

    private Space.Range take(long least, long most) throws DiskException {
        Space.Range range = space.takeLowest(least, most, Sectors.END);
        if (range == null) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE,
                    "VMDK sparse extent: no room for " + least + " bytes below " + Sectors.END
                            + ", where sector numbers end");
        }
        touch(range.from(), range.to());
        return range;
    }

    /** Notes from now on what is handed out and let go; what is under way counts as well. */
    public void watch() {
        touched = new TreeMap<>();
        reserved.forEach(this::touch);
        released.forEach(this::touch);
    }

    /** Notes nothing any more. */
    public void unwatch() {
        touched = null;
    }

    /** True if a part of the range was handed out or let go while this was noted. */
    public boolean touched(long from, long to) {
        return touched != null && overlaps(touched, from, to);
    }

    private void touch(long from, long to) {
        if (touched == null) {
            return;
        }
        long first = from;
        long last = to;
        for (Map.Entry<Long, Long> near = touched.floorEntry(last);
                near != null && near.getValue() >= first;
                near = touched.floorEntry(last)) {
            first = Math.min(first, near.getKey());
            last = Math.max(last, near.getValue());
            touched.remove(near.getKey());
        }
        touched.put(first, last);
    }

    /** Puts a part of a reserved range to use. */
    public void use(long from, long to) {
        Map.Entry<Long, Long> range = reserved.floorEntry(from);
        if (range == null || range.getValue() < to) {
            throw new IllegalArgumentException("storage " + from + " to " + to + " is not reserved");
        }
        reserved.remove(range.getKey());
        if (range.getKey() < from) {
            reserved.put(range.getKey(), from);
        }
        if (to < range.getValue()) {
            reserved.put(to, range.getValue());
        }
    }

    /** Lets a place go; it is free after the next flush. */
    public void release(long from, long to) {
        touch(from, to);
        Map.Entry<Long, Long> before = released.floorEntry(from);
        Long start = before != null && before.getValue() == from ? before.getKey() : Long.valueOf(from);
        Long behind = released.remove(to);
        released.put(start, behind == null ? Long.valueOf(to) : behind);
    }

    /** Lets go of what was reserved and not put to use; true if anything waits for the end of the flush now. */
    public boolean dropReserved() {
        Map<Long, Long> unused = new TreeMap<>(reserved);
        reserved.clear();
        unused.forEach(this::release);
        return !released.isEmpty();
    }

    /** Frees what was let go before the flush that is done now, and tells what that is. */
    public List<Space.Range> freeReleased() {
        List<Space.Range> freed = new ArrayList<>();
        released.forEach((from, to) -> {
            space.give(from, to);
            freed.add(new Space.Range(from, to));
        });
        released.clear();
        return freed;
    }

    /** True if the range is reserved or waits for the next flush. */
    public boolean pending(long from, long to) {
        return overlaps(reserved, from, to) || overlaps(released, from, to);
    }

    private static boolean overlaps(NavigableMap<Long, Long> ranges, long from, long to) {
        Map.Entry<Long, Long> range = ranges.lowerEntry(to);
        return range != null && range.getValue() > from;
    }

    /** Everything up to {@code end} counts as used. */
    public void keepAll(long end) {
        space.take(0, end);
    }

    /** The end of what is in use. */
    public long end() {
        return space.end();
    }
}
