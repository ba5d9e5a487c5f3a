// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.table;

import java.util.List;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.table.BlockAllocator;
import org.platter.table.BlockAllocator.Places;

/**
 * Which parts of a file are in use, as positions in bytes, for {@link BlockAllocator}'s places: units that divide every
 * place of a grain. When what is let go may be used again, and why, is said there. For one thread.
 */
public final class Space {
    private final BlockAllocator units = new BlockAllocator();
    private final long grain;
    private final int shift;

    /**
     * Nothing in use.
     *
     * @param unit bytes, a power of two that divides {@code grain}
     * @param size of the file
     */
    public Space(long unit, long grain, long size) throws DiskException {
        this.grain = grain;
        shift = Long.numberOfTrailingZeros(unit);
        if (size >> shift >= BlockAllocator.MOST) {
            throw Bad.unsupported("VMDK sparse extent: grains at multiples of " + unit + " bytes in a file of " + size
                    + " are too many places to keep, so that it can only be read");
        }
    }

    private long unit(long position) {
        return position >> shift;
    }

    private long unitUp(long position) {
        return position + (1L << shift) - 1 >> shift;
    }

    private Range range(Places places) {
        return new Range(places.from() << shift, places.to() << shift);
    }

    /** Counts a range, widened to whole units, as in use; false if a part of it was. */
    public boolean take(long from, long to) {
        return units.use(unit(from), unitUp(to));
    }

    /** A place for 1 to {@code most} grains from {@code first} on. */
    public Range reserve(long first, long most) throws DiskException {
        return units.reserve(first, unit(grain), most * unit(grain), 0, unit(Sectors.END))
                .map(this::range)
                .orElseThrow(() -> full(grain));
    }

    /** A place for that many bytes of tables, in use at once. */
    public long table(long bytes) throws DiskException {
        return units.take(unitUp(bytes), unit(Sectors.END))
                .map(this::range)
                .orElseThrow(() -> full(bytes))
                .from();
    }

    private static DiskException full(long bytes) {
        return new DiskException(
                ErrorCode.BAD_SIZE,
                "VMDK sparse extent: no room for " + bytes + " bytes below " + Sectors.END
                        + ", where sector numbers end");
    }

    /** Entries from grain {@code first} on name a range from now on; an IllegalArgumentException if it is not reserved. */
    public void name(long first, long from, long to) {
        units.name(first, unit(from), unitUp(to));
    }

    /** No entry names a range any more; it is free after the next flush. */
    public void release(long from, long to) {
        units.release(unit(from), unitUp(to));
    }

    /** Gives back what was reserved and is not named; true if anything is to be cut off or punched after the flush. */
    public boolean giveBack() {
        units.giveBack();
        return units.hasReleased() || units.hasVacated();
    }

    /** Frees what was let go before the flush that is done now; gives what has become free. */
    public List<Range> settle() {
        return units.settle().stream().map(this::range).toList();
    }

    /** True if the range is reserved or waits for the next flush. */
    public boolean pending(long from, long to) {
        return units.pending(unit(from), unitUp(to));
    }

    /** Notes from now on what is reserved and let go; what is under way counts as well. */
    public void watch() {
        units.watch();
    }

    /** Notes nothing any more. */
    public void unwatch() {
        units.unwatch();
    }

    /** True if a part of the range was reserved or let go while this was noted. */
    public boolean touched(long from, long to) {
        return units.touched(unit(from), unitUp(to));
    }

    /** The end of what is in use. */
    public long end() {
        return units.end() << shift;
    }

    /** The first free position from {@code position} on. */
    public long nextFree(long position) {
        return units.nextFree(unit(position)) << shift;
    }

    /** The first position in use from {@code position} on, or {@link #end}. */
    public long nextUsed(long position) {
        long unit = units.nextUsed(unit(position));
        return unit < 0 ? Math.max(position, end()) : unit << shift;
    }

    /** A stretch of a file, from inclusive to exclusive. */
    public record Range(long from, long to) {}
}
