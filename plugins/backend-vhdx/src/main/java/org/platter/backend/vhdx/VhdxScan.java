// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx;

import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import org.platter.backend.vhdx.layout.Bytes;
import org.platter.backend.vhdx.layout.Extent;
import org.platter.format.Progress;

/** One look at all entries of an image: where blocks are, and which cannot be there. */
final class VhdxScan {
    private static final long STEP = 1 << 15; // entries between two reports

    /** What can be wrong with an entry. */
    enum Fault {
        /** A state that this image cannot have. */
        STATE("has a state that this image cannot have"),
        /** Some sectors are noted in a bitmap that is not there. */
        NO_BITMAP("is partly present, and its sector bitmap is not"),
        /** It is not, or not wholly, in the file. */
        OUTSIDE("ends behind the end of the file"),
        /** It overlaps a structure of the format. */
        METADATA("overlaps headers, log, or a region"),
        /** It overlaps another block. */
        SHARED("overlaps another block");

        private final String text;

        Fault(String text) {
            this.text = text;
        }

        String of(String what, long entry) {
            return "VHDX block table: " + what + " in state " + VhdxMap.state(entry) + " at " + VhdxMap.position(entry)
                    + " " + text;
        }
    }

    /** Who is told about faults. */
    @FunctionalInterface
    interface Visitor {
        /** {@code block} is -1 - chunk for a bitmap. */
        void fault(Fault fault, long block, long entry) throws IOException;
    }

    private final VhdxMap map;
    private final BitSet used = new BitSet();
    private final long fileEnd;
    private final BitSet structures = new BitSet();

    VhdxScan(VhdxMap map, List<Extent> structures, long fileEnd) {
        this.map = map;
        this.fileEnd = fileEnd;
        for (Extent extent : structures) {
            this.structures.set(
                    (int) (extent.from() / Bytes.MIB), (int) (Bytes.up(extent.to(), Bytes.MIB) / Bytes.MIB));
        }
        used.or(this.structures);
    }

    static String name(long block) {
        return block < 0 ? "sector bitmap " + (-1 - block) : "block " + block;
    }

    /** Looks; gives the MiB that are in use. */
    BitSet run(Progress progress, Visitor visitor) throws IOException {
        for (long block = 0; block < map.blocks(); block++) {
            long entry = map.entry(block);
            if (VhdxMap.inFile(entry)) {
                place(block, entry, map.blockSize(), visitor);
            }
            judgeState(block, entry, visitor);
            if (block % STEP == STEP - 1) {
                progress.advance(STEP * Long.BYTES);
            }
        }
        for (long chunk = 0; map.differencing() && chunk < map.chunks(); chunk++) {
            long entry = map.bitmap(chunk);
            if (VhdxMap.state(entry) == VhdxMap.FULL) {
                place(-1 - chunk, entry, Bytes.MIB, visitor);
            } else if (VhdxMap.state(entry) != VhdxMap.NOT_PRESENT) {
                visitor.fault(Fault.STATE, -1 - chunk, entry);
            }
        }
        return used;
    }

    private void judgeState(long block, long entry, Visitor visitor) throws IOException {
        int state = VhdxMap.state(entry);
        if (state == 4 || state == VhdxMap.PARTIAL && !map.differencing()) {
            visitor.fault(Fault.STATE, block, entry);
        } else if (state == VhdxMap.PARTIAL && VhdxMap.state(map.bitmap(map.chunk(block))) != VhdxMap.FULL) {
            visitor.fault(Fault.NO_BITMAP, block, entry);
        }
    }

    private void place(long block, long entry, long length, Visitor visitor) throws IOException {
        long position = VhdxMap.position(entry);
        if (position < 0 || position > fileEnd - length) {
            visitor.fault(Fault.OUTSIDE, block, entry);
            return;
        }
        int from = (int) (position / Bytes.MIB);
        int to = from + (int) (length / Bytes.MIB);
        int hit = structures.nextSetBit(from);
        int taken = used.nextSetBit(from);
        if (hit >= 0 && hit < to) {
            visitor.fault(Fault.METADATA, block, entry);
        } else if (taken >= 0 && taken < to) {
            visitor.fault(Fault.SHARED, block, entry);
        }
        used.set(from, to);
    }
}
