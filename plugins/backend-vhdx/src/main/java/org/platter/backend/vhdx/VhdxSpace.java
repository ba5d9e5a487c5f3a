// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.platter.backend.vhdx.layout.Bytes;
import org.platter.backend.vhdx.layout.Extent;

/** Which MiB of a file are in use; a bit for each. Hands out the lowest that are free. For one thread. */
final class VhdxSpace {
    private final BitSet used;
    private final int blockUnits;
    private final Map<Long, Long> reserved = new HashMap<>(); // positions by block
    private final List<Extent> released = new ArrayList<>(); // the table in the file may name them
    private int lowestBlock;
    private int lowestUnit;

    /** The space of a file in which these MiB are used. */
    VhdxSpace(BitSet used, long blockSize) {
        this.used = used;
        blockUnits = (int) (blockSize / Bytes.MIB);
    }

    private int find(int from, int units) {
        int at = used.nextClearBit(from);
        for (int next = used.nextSetBit(at); next >= 0 && next - at < units; next = used.nextSetBit(at)) {
            at = used.nextClearBit(next);
        }
        return at;
    }

    /** Reserves a place for a block; the same again until it is taken or given back. */
    long reserve(long block) {
        Long known = reserved.get(block);
        if (known != null) {
            return known;
        }
        lowestBlock = find(lowestBlock, blockUnits);
        used.set(lowestBlock, lowestBlock + blockUnits);
        reserved.put(block, lowestBlock * Bytes.MIB);
        return lowestBlock * Bytes.MIB;
    }

    /** Takes a place for so many bytes at once. */
    long takeBytes(long bytes) {
        int units = (int) (bytes / Bytes.MIB);
        int from = units == 1 ? lowestUnit : 0;
        int at = find(from, units);
        used.set(at, at + units);
        lowestUnit = units == 1 ? at : lowestUnit;
        return at * Bytes.MIB;
    }

    boolean reserved(long block, long position) {
        Long place = reserved.get(block);
        return place != null && place == position;
    }

    /** The table names the place reserved for the block from now on. */
    void take(long block) {
        reserved.remove(block);
    }

    /** The table names a place no longer. */
    void release(long position, long length) {
        released.add(new Extent("", position, position + length));
    }

    /** Makes reserved places free. */
    void giveBack() {
        reserved.values().forEach(position -> leave(position, position + blockUnits * Bytes.MIB));
        reserved.clear();
    }

    /** Makes free what was let go, which the table in the file must not name any more; gives it. */
    List<Extent> settle() {
        List<Extent> freed = List.copyOf(released);
        freed.forEach(extent -> leave(extent.from(), extent.to()));
        released.clear();
        return freed;
    }

    private void leave(long from, long to) {
        int first = (int) (from / Bytes.MIB);
        used.clear(first, (int) (to / Bytes.MIB));
        lowestBlock = Math.max(0, Math.min(lowestBlock, first - blockUnits + 1));
        lowestUnit = Math.min(lowestUnit, first);
    }

    /** The end of everything in use. */
    long end() {
        return used.length() * Bytes.MIB;
    }
}
