// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.disk;

import java.util.Arrays;
import java.util.Iterator;
import java.util.stream.Stream;
import org.platter.disk.MapEntry;

/** What a range of a disk consists of, neighbours of one kind as one. Filled by one thread, then read by others. */
public final class Extents {
    private long[] lengths = new long[16];
    private boolean[] holes = new boolean[16];
    private int count;

    /** The extents of {@code [start, end)} as the entries have it, from its start, at most {@code most}. */
    static Extents of(Stream<MapEntry> entries, long start, long end, int most) {
        Extents extents = new Extents();
        Iterator<MapEntry> iterator = entries.iterator();
        boolean room = true;
        while (room && iterator.hasNext()) {
            MapEntry entry = iterator.next();
            long length = Math.min(entry.offset() + entry.length(), end) - Math.max(entry.offset(), start);
            room = length <= 0 || extents.add(length, entry.kind() != MapEntry.Kind.DATA, most);
        }
        return extents;
    }

    private boolean add(long length, boolean hole, int most) {
        if (count > 0 && holes[count - 1] == hole) {
            lengths[count - 1] += length;
            return true;
        }
        if (count == most) {
            return false;
        }
        if (count == lengths.length) {
            lengths = Arrays.copyOf(lengths, 2 * count);
            holes = Arrays.copyOf(holes, 2 * count);
        }
        lengths[count] = length;
        holes[count++] = hole;
        return true;
    }

    /** How many there are. */
    public int count() {
        return count;
    }

    /** How long one is, bytes. */
    public long length(int index) {
        return lengths[index];
    }

    /** True if one takes no storage and reads as zeroes. */
    public boolean hole(int index) {
        return holes[index];
    }
}
