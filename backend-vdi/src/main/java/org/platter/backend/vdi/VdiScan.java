// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.io.IOException;
import java.util.BitSet;
import org.platter.format.Progress;
import org.platter.table.BlockAllocator;

/**
 * One look at every entry of a map, in order. Memory is a bit for each physical block. Others may be let in while it tells
 * its progress; about blocks that they have touched meanwhile it says nothing.
 */
final class VdiScan {
    /** What may be wrong with an entry. */
    enum Fault {
        /** There is no such block in the file. */
        LOST("is not in the file"),
        /** The file ends inside the block. */
        CUT("is cut off by the end of the file"),
        /** The block is there, but the header does not count it. */
        UNCOUNTED("is not counted as allocated"),
        /** An earlier block of the disk is at the same place. */
        SHARED("is an earlier block's too");

        private final String words;

        Fault(String words) {
            this.words = words;
        }

        String of(long block, long physical) {
            return "VDI block map: block " + block + " is physical block " + physical + ", which " + words;
        }
    }

    /** Is told of each fault; an entry may have several. */
    @FunctionalInterface
    interface Finder {
        void found(Fault fault, long block, long physical) throws IOException;
    }

    private final VdiMap map;
    private final long counted;
    private final long fileEnd;
    private final BlockAllocator places;
    private final Progress progress;
    private final BitSet seen = new BitSet();

    /**
     * A scan of {@code map}.
     *
     * @param counted how many physical blocks count as allocated
     * @param fileEnd the size of the file
     * @param places where others' doings are noted, if there are others
     */
    VdiScan(VdiMap map, long counted, long fileEnd, BlockAllocator places, Progress progress) {
        this.map = map;
        this.counted = counted;
        this.fileEnd = fileEnd;
        this.places = places;
        this.progress = progress;
    }

    /** Looks at every entry. Gives the physical blocks that are in use and in the file. */
    BitSet run(Finder finder) throws IOException {
        for (long block = 0; block < map.blocks(); ) {
            long end = Math.min(map.blocks(), block / VdiMap.PAGE * VdiMap.PAGE + VdiMap.PAGE);
            while (block < end) {
                int entry = map.entry(block);
                if (VdiMap.data(entry)) {
                    look(block++, Integer.toUnsignedLong(entry), finder);
                } else {
                    block = map.runEnd(block, end);
                }
            }
            progress.advance((long) VdiMap.PAGE * Integer.BYTES);
        }
        return seen;
    }

    private void look(long block, long physical, Finder finder) throws IOException {
        long position = map.position(physical);
        if (places.touched(physical, physical + 1)) {
            return;
        }
        if (physical >= VdiSpace.MOST || position >= fileEnd) {
            finder.found(Fault.LOST, block, physical);
            return;
        }
        if (position + map.visible(block) > fileEnd) {
            finder.found(Fault.CUT, block, physical);
        }
        if (physical >= counted) {
            finder.found(Fault.UNCOUNTED, block, physical);
        }
        if (seen.get((int) physical)) {
            finder.found(Fault.SHARED, block, physical);
        }
        seen.set((int) physical);
    }
}
