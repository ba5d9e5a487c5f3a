// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.table.BlockAllocator;

/**
 * Where new blocks can be in a file that is open for writing. New blocks lie on a grid, of which as many blocks as
 * possible that are there already are part; a block off the grid makes two places of the grid unusable, and others off
 * the grid may overlap the same places. A place is free when all of them have gone; which are free, reserved and let go is
 * the {@link BlockAllocator}'s to know. For one thread.
 */
final class VhdSpace {
    /** Data of large blocks start at multiples of it in new images, as those of Windows do. */
    static final long ALIGNMENT = 4096;

    private static final long MOST_ENTRY = 0xFFFF_FFFEL;

    private final long footprint;
    private final long bitmap;
    private final long metadataEnd;
    private long pitch;
    private long origin;
    private final BlockAllocator places = new BlockAllocator();
    private final Map<Long, Integer> crowded = new HashMap<>(); // how many more than one overlap a place
    private boolean loose; // the end of the file may be cut

    /**
     * The space of a file.
     *
     * @param positions of its blocks, ascending
     * @param metadata where no block can be
     */
    VhdSpace(VhdMap map, long[] positions, List<VhdExtent> metadata) throws DiskException {
        footprint = map.footprint();
        bitmap = map.bitmapBytes();
        metadataEnd = sectors(metadata.stream().mapToLong(VhdExtent::to).max().orElse(0));
        chooseGrid(positions);
        for (long position : positions) {
            use(first(position), behind(position));
        }
        for (VhdExtent extent : metadata) {
            use(first(extent.from()), (extent.to() - origin + pitch - 1) / pitch);
        }
    }

    private static long sectors(long position) {
        return (position + VhdMap.SECTOR - 1) / VhdMap.SECTOR * VhdMap.SECTOR;
    }

    private void chooseGrid(long[] positions) {
        long aligned = footprint - bitmap < ALIGNMENT ? footprint : (footprint + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        pitch = aligned;
        origin = (metadataEnd + bitmap + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - bitmap;
        if (positions.length > 0) {
            long packed = onGrid(positions, footprint);
            pitch = packed > onGrid(positions, aligned) ? footprint : aligned;
            origin = positions[0];
        }
        origin %= pitch;
    }

    private static long onGrid(long[] positions, long pitch) {
        return Arrays.stream(positions)
                .filter(position -> (position - positions[0]) % pitch == 0)
                .count();
    }

    /** The first place that a block at a position overlaps, and behind the last. */
    private long first(long position) {
        return Math.max(0, position - origin) / pitch;
    }

    private long behind(long position) {
        return (position - origin + pitch - 1) / pitch + 1;
    }

    private void use(long from, long to) throws DiskException {
        if (to > BlockAllocator.MOST) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED, "VHD: the file is too large for blocks of " + (footprint - bitmap));
        }
        for (long place = from; place < to; place++) {
            if (!places.use(place, place + 1)) {
                crowded.merge(place, 1, Integer::sum);
            }
        }
    }

    private long position(long place) {
        return origin + place * pitch;
    }

    /** Reserves the lowest place there is for a block; the same again until it is taken or given back. */
    long reserve(long block) throws DiskException {
        long limit = (MOST_ENTRY * VhdMap.SECTOR - origin) / pitch + 1;
        return places.reserve(block, 1, 1, 0, limit)
                .map(found -> position(found.from()))
                .orElseThrow(() ->
                        new DiskException(ErrorCode.BAD_SIZE, "VHD: no block can start behind 2 TiB of the file"));
    }

    /** True if the position is what is reserved for the block. */
    boolean reserved(long position) {
        long place = first(position);
        return position(place) == position && places.reserved(place, place + 1);
    }

    /** The table names the place reserved for the block from now on. */
    void take(long block, long position) {
        places.name(block, first(position), first(position) + 1);
    }

    /** The table names a place no longer. */
    void release(long position) {
        for (long place = first(position); place < behind(position); place++) {
            if (crowded.computeIfPresent(place, (key, more) -> more - 1) == null) {
                places.release(place, place + 1);
            } else {
                crowded.remove(place, 0);
            }
        }
    }

    /** Makes reserved places free. */
    void giveBack() {
        places.giveBack();
    }

    /** Makes places that were let go free, which the table in the file must not name any more. Gives them as extents. */
    List<VhdExtent> settle() {
        List<BlockAllocator.Places> freed = places.settle();
        loose |= !freed.isEmpty();
        return freed.stream()
                .map(each -> new VhdExtent(position(each.from()), position(each.to())))
                .toList();
    }

    /** The end of everything in use. */
    long end() {
        long end = places.end();
        return Math.max(metadataEnd, end == 0 ? 0 : position(end - 1) + footprint);
    }

    /** The end of so many places behind the last that is used. */
    long endAfter(int more) {
        return Math.max(metadataEnd, position(Math.max(0, places.end() - 1)) + footprint + more * pitch);
    }

    /** True if there may be free space at the end of the file. */
    boolean loose() {
        return loose || places.hasVacated();
    }

    /** The file has become longer, or shorter, than it must be. */
    void loosen(boolean now) {
        loose = now;
    }

    /** True if a block at this position is where something was reserved or let go while a check runs. */
    boolean touched(long position) {
        return places.touched(first(position), behind(position));
    }

    /** Notes what is reserved and let go from now on, for {@link #touched}. */
    void watch(boolean now) {
        if (now) {
            places.watch();
        } else {
            places.unwatch();
        }
    }
}
