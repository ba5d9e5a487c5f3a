// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongPredicate;
import org.platter.format.Progress;

/**
 * One look at all blocks of an image: where they are, and which cannot be there. Others may be let in while it tells its
 * progress; about places that they have touched meanwhile it says nothing.
 */
final class VhdScan {
    private static final int BLOCK_BITS = 22; // see VhdHeader.MOST_BLOCKS
    private static final int STEP = 1 << 16; // entries

    /** What can be wrong with the place of a block. */
    enum Fault {
        /** It is not, or not wholly, in the file. */
        OUTSIDE("ends behind the end of the data"),
        /** It overlaps a structure of the format. */
        METADATA("overlaps header, table or names"),
        /** It overlaps another block. */
        SHARED("overlaps another block");

        private final String text;

        Fault(String text) {
            this.text = text;
        }

        String of(long block, long position) {
            return "VHD block table: block " + block + " at " + position + " " + text;
        }
    }

    /** Who is told about faults, in no order. */
    @FunctionalInterface
    interface Visitor {
        void fault(Fault fault, long block, long position) throws IOException;
    }

    private final VhdMap map;
    private final List<VhdExtent> metadata;
    private final long end;
    private final LongPredicate touched;
    private final Progress progress;
    private long[] keys = new long[1024]; // entry and block of those inside the file
    private int count;

    /**
     * A scan of a map.
     *
     * @param metadata where no block may be
     * @param end where blocks must end
     * @param touched true for positions where a place was reserved or let go meanwhile
     */
    VhdScan(VhdMap map, List<VhdExtent> metadata, long end, LongPredicate touched, Progress progress) {
        this.touched = touched;
        this.progress = progress;
        this.map = map;
        this.metadata = metadata;
        this.end = end;
    }

    /** Looks; gives the positions of all blocks that are inside the file, in ascending order. */
    long[] run(Visitor visitor) throws IOException {
        gather(visitor);
        Arrays.sort(keys, 0, count);
        long[] positions = new long[count];
        long free = 0;
        for (int i = 0; i < count; i++) {
            long block = keys[i] & (1L << BLOCK_BITS) - 1;
            long position = (keys[i] >>> BLOCK_BITS) * VhdMap.SECTOR;
            positions[i] = position;
            if (touched.test(position)) {
                continue;
            }
            if (overlapsMetadata(position)) {
                visitor.fault(Fault.METADATA, block, position);
            } else if (position < free) {
                visitor.fault(Fault.SHARED, block, position);
            }
            free = position + map.footprint();
        }
        return positions;
    }

    /** Where the last of these blocks, and of the structures, ends. */
    long end(long[] positions) {
        long blocks = positions.length == 0 ? 0 : positions[positions.length - 1] + map.footprint();
        return VhdCreation.sectors(metadata.stream().mapToLong(VhdExtent::to).reduce(blocks, Math::max));
    }

    private void gather(Visitor visitor) throws IOException {
        long told = 0;
        for (long block = 0; block < map.blocks(); ) {
            if (block >= told + STEP) {
                progress.advance((block - told) * Integer.BYTES);
                told = block;
            }
            int entry = map.entry(block);
            if (entry == VhdMap.FREE) {
                block = map.runEnd(block, Math.min(map.blocks(), told + STEP));
                continue;
            }
            if (VhdMap.position(entry) + map.footprint() > end) {
                if (touched.test(VhdMap.position(entry))) {
                    block++;
                    continue;
                }
                visitor.fault(Fault.OUTSIDE, block, VhdMap.position(entry));
            } else {
                add(Integer.toUnsignedLong(entry) << BLOCK_BITS | block);
            }
            block++;
        }
    }

    private void add(long key) {
        if (count == keys.length) {
            keys = Arrays.copyOf(keys, 2 * count);
        }
        keys[count++] = key;
    }

    private boolean overlapsMetadata(long position) {
        for (VhdExtent extent : metadata) {
            if (extent.overlaps(position, position + map.footprint())) {
                return true;
            }
        }
        return false;
    }
}
