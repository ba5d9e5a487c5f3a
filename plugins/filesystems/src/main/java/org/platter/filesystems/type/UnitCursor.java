// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems.type;

import java.io.IOException;
import java.util.BitSet;
import java.util.Optional;
import org.platter.space.SpaceCursor;
import org.platter.space.SpaceRange;

/** Free ranges of a volume that is divided into units of one size, looked up a chunk of units at a time. */
final class UnitCursor implements SpaceCursor {
    private final Grid grid;
    private final Chunks chunks;
    private final long from;
    private final long to;
    private long unit;
    private long loaded = -1;
    private BitSet free = new BitSet();

    /**
     * How the volume is divided.
     *
     * @param base where unit 0 is in the volume
     * @param unit bytes of a unit
     * @param units how many there are
     * @param chunk units that are looked up together
     */
    record Grid(long base, long unit, long units, int chunk) {}

    /** Looks up a chunk. */
    @FunctionalInterface
    interface Chunks {
        /** Which units of a chunk are free; bits behind the last unit are ignored. */
        BitSet free(long chunk) throws IOException;
    }

    UnitCursor(Grid grid, Chunks chunks, long from, long to) {
        this.grid = grid;
        this.chunks = chunks;
        this.from = from;
        this.to = to;
        unit = Math.max(0, (from - grid.base()) / grid.unit());
    }

    /** The units of a bitmap in which a used one is 1, the lowest bit first. */
    static BitSet zeroBits(java.nio.ByteBuffer bitmap, int count) {
        BitSet free = BitSet.valueOf(bitmap).get(0, count);
        free.flip(0, count);
        return free;
    }

    @Override
    public Optional<SpaceRange> next() throws IOException {
        long start = find(true);
        long end = find(false);
        long first = Math.max(from, grid.base() + start * grid.unit());
        long last = Math.min(to, grid.base() + end * grid.unit());
        return start >= grid.units() || first >= last
                ? Optional.empty()
                : Optional.of(new SpaceRange(first, last - first));
    }

    /** Goes to the next unit that is free, or used. */
    private long find(boolean wanted) throws IOException {
        while (unit < grid.units() && grid.base() + unit * grid.unit() < to) {
            long chunk = unit / grid.chunk();
            if (chunk != loaded) {
                free = chunks.free(chunk);
                loaded = chunk;
            }
            int at = (int) (unit % grid.chunk());
            int hit = wanted ? free.nextSetBit(at) : free.nextClearBit(at);
            long end = Math.min(grid.units(), (chunk + 1) * grid.chunk());
            if (hit >= 0 && chunk * grid.chunk() + hit < end) {
                unit = chunk * grid.chunk() + hit;
                return unit;
            }
            unit = end;
        }
        return unit;
    }
}
