// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.io.IOException;
import java.util.BitSet;

/** One look at every entry of a map, in order. Memory is a bit for each physical block. */
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
    private final BitSet seen = new BitSet();

    /**
     * A scan of {@code map}.
     *
     * @param counted how many physical blocks count as allocated
     * @param fileEnd the size of the file
     */
    VdiScan(VdiMap map, long counted, long fileEnd) {
        this.map = map;
        this.counted = counted;
        this.fileEnd = fileEnd;
    }

    /** Looks at every entry. Gives the physical blocks that are in use and in the file. */
    BitSet run(Finder finder) throws IOException {
        for (long block = 0; block < map.blocks(); ) {
            int entry = map.entry(block);
            if (VdiMap.data(entry)) {
                look(block++, Integer.toUnsignedLong(entry), finder);
            } else {
                block = map.runEnd(block, map.blocks());
            }
        }
        return seen;
    }

    private void look(long block, long physical, Finder finder) throws IOException {
        long position = map.position(physical);
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
