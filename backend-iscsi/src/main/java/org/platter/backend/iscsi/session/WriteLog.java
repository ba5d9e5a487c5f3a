// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.session;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.platter.backend.iscsi.scsi.Cdb;

/**
 * Copies of the writes that a target with a volatile cache has acknowledged and not flushed: a target that restarts may
 * have lost them, and they are then written again. Bounded: when it is half full, a flush is due; a write that does not
 * fit is only remembered to exist, and a restart then shows as one failed flush. Guarded by the flow's lock, but for the
 * bytes of a copy, which its writer fills.
 */
final class WriteLog {
    private static final int SLAB = 1 << 20;

    /** One acknowledged write. */
    record Entry(Cdb cdb, long lun, Copy copy, long number) {
        /** True if the order of both matters. */
        boolean overlaps(Entry other) {
            return cdb.block() < other.cdb.block() + other.cdb.blocks()
                    && other.cdb.block() < cdb.block() + cdb.blocks();
        }
    }

    /** The bytes of one write. */
    record Copy(Slab home, ByteBuffer bytes) {}

    /** Memory of several copies, one after the other. */
    static final class Slab {
        private final ByteBuffer bytes = ByteBuffer.allocateDirect(SLAB);
        private int live;
    }

    private final long limit;
    private final ArrayDeque<Entry> entries = new ArrayDeque<>();
    private final ArrayDeque<Slab> free = new ArrayDeque<>();
    private Slab current;
    private int slabs;
    private int peak;
    private int peakBefore;
    private long number;
    private long flushed;
    private long lastUnlogged;
    private boolean enabled;

    /** A log of at most {@code most} bytes, and never more than a small part of this Java's memory. */
    WriteLog(long most) {
        limit = Math.min(most, Runtime.getRuntime().maxMemory() / 16);
    }

    /** Switches on or off whether the target has anything to lose. */
    void enable(boolean on) {
        enabled = on;
        if (!on) {
            flushed(number);
        }
    }

    boolean enabled() {
        return enabled;
    }

    /** Room for a copy, or null if there is none. */
    Copy reserve(int length) {
        if (length > SLAB) {
            return null;
        }
        if (current == null || current.bytes.remaining() < length) {
            Slab next = nextSlab();
            if (next == null) {
                return null;
            }
            retire();
            current = next;
        }
        current.live++;
        int at = current.bytes.position();
        current.bytes.position(at + length);
        return new Copy(current, current.bytes.slice(at, length));
    }

    private Slab nextSlab() {
        Slab slab = free.poll();
        if (slab == null) {
            if ((slabs + 1L) * SLAB > limit) {
                return null;
            }
            slab = new Slab();
            slabs++;
        }
        slab.bytes.clear();
        peak = Math.max(peak, slabs - free.size());
        return slab;
    }

    private void retire() {
        if (current != null && current.live == 0) {
            free.add(current);
        }
    }

    /** Fresh memory is dear: as much is kept as was in use at once since the last flush but one. */
    private void trim() {
        int keep = Math.max(peak, peakBefore);
        while (slabs > keep && !free.isEmpty()) {
            free.removeLast();
            slabs--;
        }
        peakBefore = peak;
        peak = slabs - free.size();
    }

    /** A write that failed needs no copy. */
    void release(Copy copy) {
        if (copy != null && --copy.home().live == 0) {
            if (copy.home() == current) {
                current.bytes.clear();
            } else {
                free.add(copy.home());
            }
        }
    }

    /** A write was acknowledged; {@code copy} is null if there was no room for one. */
    void acknowledged(Cdb cdb, long lun, Copy copy) {
        number++;
        if (copy == null) {
            lastUnlogged = number;
        } else {
            entries.add(new Entry(cdb, lun, copy, number));
        }
    }

    /** The number of the last acknowledged write: a flush that goes out now covers it. */
    long mark() {
        return number;
    }

    /** A flush that went out at that mark has succeeded. */
    void flushed(long mark) {
        flushed = Math.max(flushed, mark);
        while (!entries.isEmpty() && entries.peek().number() <= mark) {
            release(entries.poll().copy());
        }
        trim();
    }

    /** True if it had better be emptied. */
    boolean halfFull() {
        return (slabs - free.size()) * (long) SLAB > limit / 2 && !entries.isEmpty();
    }

    /** What has to be written again after a loss, in the order of acknowledgement. */
    List<Entry> entries() {
        return new ArrayList<>(entries);
    }

    /** True if a loss could hit writes that nobody has a copy of. */
    boolean incomplete() {
        return lastUnlogged > flushed;
    }

    /** Nothing that was written before can still be saved or counts any more. */
    void forgetUnlogged() {
        lastUnlogged = 0;
    }
}
