// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * Where new blocks can be in a file that is open for writing. New blocks lie on a grid, of which as many blocks as
 * possible that are there already are part; a block off the grid makes two places of the grid unusable. Memory is a byte
 * for each place up to the last that is used. For one thread.
 */
final class VhdSpace {
    /** Data of large blocks start at multiples of it in new images, as those of Windows do. */
    static final long ALIGNMENT = 4096;

    private static final int MOST_PLACES = 1 << 26;
    private static final long MOST_ENTRY = 0xFFFF_FFFEL;

    private final long footprint;
    private final long bitmap;
    private final long metadataEnd;
    private long pitch;
    private long origin;
    private byte[] users = new byte[1024]; // how many things overlap each place of the grid
    private int high; // no place from here on is used
    private int lowest; // all places below are used
    private boolean loose; // the end of the file may be cut

    private final Map<Long, Integer> reserved = new HashMap<>(); // places by block
    private final List<Long> released = new ArrayList<>(); // positions that the table in the file may name

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
            occupy(position);
        }
        for (VhdExtent extent : metadata) {
            use(Math.max(0, extent.from() - origin) / pitch, (extent.to() - origin + pitch - 1) / pitch);
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

    private void occupy(long position) throws DiskException {
        use(Math.max(0, position - origin) / pitch, (position - origin + pitch - 1) / pitch + 1);
    }

    private void use(long from, long to) throws DiskException {
        ensure(to);
        for (int place = (int) from; place < to; place++) {
            users[place] += users[place] < Byte.MAX_VALUE ? 1 : 0; // more is a damaged file
        }
        high = (int) Math.max(high, to);
    }

    private void ensure(long places) throws DiskException {
        if (places > MOST_PLACES) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED, "VHD: the file is too large for blocks of " + (footprint - bitmap));
        }
        if (places > users.length) {
            users = Arrays.copyOf(users, (int) Math.max(places, 2L * users.length));
        }
    }

    private void leave(long position) {
        int from = (int) (Math.max(0, position - origin) / pitch);
        int to = (int) ((position - origin + pitch - 1) / pitch + 1);
        for (int place = from; place < to; place++) {
            users[place] -= users[place] < Byte.MAX_VALUE ? 1 : 0;
        }
        lowest = Math.min(lowest, from);
        loose = true;
    }

    private long position(int place) {
        return origin + place * pitch;
    }

    /** Reserves the lowest place there is for a block; the same again until it is taken or given back. */
    long reserve(long block) throws DiskException {
        Integer known = reserved.get(block);
        if (known != null) {
            return position(known);
        }
        int place = lowest;
        while (place < high && users[place] > 0) {
            place++;
        }
        lowest = place;
        if (position(place) / VhdMap.SECTOR > MOST_ENTRY) {
            throw new DiskException(ErrorCode.BAD_SIZE, "VHD: no block can start behind 2 TiB of the file");
        }
        use(place, place + 1L);
        reserved.put(block, place);
        return position(place);
    }

    /** True if the position is what is reserved for the block. */
    boolean reserved(long block, long position) {
        Integer place = reserved.get(block);
        return place != null && position(place) == position;
    }

    /** The table names the place reserved for the block from now on. */
    void take(long block) {
        reserved.remove(block);
    }

    /** The table names a place no longer. */
    void release(long position) {
        released.add(position);
    }

    /** Makes reserved places free. */
    void giveBack() {
        reserved.values().forEach(place -> leave(position(place)));
        reserved.clear();
    }

    /** Makes places that were let go free, which the table in the file must not name any more; gives them. */
    List<Long> settle() {
        List<Long> freed = List.copyOf(released);
        freed.forEach(this::leave);
        released.clear();
        return freed;
    }

    /** The end of everything in use. */
    long end() {
        while (high > 0 && users[high - 1] == 0) {
            high--;
        }
        lowest = Math.min(lowest, high);
        return Math.max(metadataEnd, high == 0 ? 0 : position(high - 1) + footprint);
    }

    /** The end of so many places behind the last that is used. */
    long endAfter(int more) {
        return Math.max(metadataEnd, position(Math.max(0, high - 1)) + footprint + more * pitch);
    }

    /** True if there may be free space at the end of the file. */
    boolean loose() {
        return loose;
    }

    /** The file has become longer, or shorter, than it must be. */
    void loosen(boolean now) {
        loose = now;
    }
}
