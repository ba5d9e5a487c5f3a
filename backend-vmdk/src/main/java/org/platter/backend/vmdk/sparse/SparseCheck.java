// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.sparse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.platter.backend.vmdk.layout.Layout;
import org.platter.backend.vmdk.sparse.SparseScan.Fault;
import org.platter.backend.vmdk.table.Space;
import org.platter.format.CheckReport;

/**
 * Reports what is wrong with a sparse extent. A leak is a place that holds data and that nothing names; a hole left by
 * {@code discard} is none, because it takes no space and is used again. For one thread.
 */
final class SparseCheck {
    private static final int PIECE = 1 << 16;

    private final SparseExtent extent;
    private final CheckReport.Builder report;
    private final long start;

    SparseCheck(SparseExtent extent, CheckReport.Builder report, long start) {
        this.extent = extent;
        this.report = report;
        this.start = start;
    }

    void check() throws IOException {
        if (extent.uncleanAtOpen()) {
            report.note(-1, "VMDK sparse extent: was not closed in order");
        }
        Space space = new SparseScan(extent.storage(), extent.layout(), extent.tables(), this::found).run();
        leaks(space, (from, to, grains) -> report.leak(grains, leak(from, to)));
    }

    static String leak(long from, long to) {
        return "VMDK sparse extent: nothing names the data at " + from + " to " + to;
    }

    private void found(Fault fault, long index, Supplier<String> what) {
        report.error(offset(fault, index), what.get());
    }

    /** The place on the disk that a fault is about. */
    long offset(Fault fault, long index) {
        Layout layout = extent.layout();
        boolean table = fault == Fault.TABLE || fault == Fault.TABLE_SHARED || fault == Fault.MIRROR;
        return start + ((table ? index * layout.tableEntries() : index) << layout.shift());
    }

    /** Is told of leaks. */
    @FunctionalInterface
    interface Leaks {
        /** So many grains of data from inclusive to exclusive. */
        void found(long from, long to, long grains) throws IOException;
    }

    /** Finds data in what is not in use. */
    void leaks(Space space, Leaks leaks) throws IOException {
        long size = extent.storage().size();
        for (long at = space.nextFree(extent.layout().floor()); at < size; ) {
            long to = Math.min(size, space.nextUsed(at) > at ? space.nextUsed(at) : size);
            leaks(at, to, leaks);
            at = to < size ? space.nextFree(to) : size;
        }
    }

    private void leaks(long from, long to, Leaks leaks) throws IOException {
        long grain = extent.layout().grain();
        long begin = from;
        long end = from;
        for (long at = nextData(from, from); at < to; at = nextData(from, at + grain)) {
            long past = Math.min(to, at + grain);
            if (!extent.pending(at, past) && holdsData(at, past)) {
                if (at > end && end > begin) {
                    leaks.found(begin, end, grains(begin, end));
                }
                begin = at == end ? begin : at;
                end = past;
            }
        }
        if (end > begin) {
            leaks.found(begin, end, grains(begin, end));
        }
    }

    private long grains(long from, long to) {
        return (to - from + extent.layout().grain() - 1) / extent.layout().grain();
    }

    /** The first grain, counted from {@code start}, that is not known to be a hole. */
    private long nextData(long first, long position) throws IOException {
        long grain = extent.layout().grain();
        return first + (extent.storage().nextData(position) - first) / grain * grain;
    }

    private boolean holdsData(long from, long to) throws IOException {
        ByteBuffer zeroes = ByteBuffer.allocate((int) Math.min(PIECE, to - from));
        ByteBuffer piece = ByteBuffer.allocate(zeroes.capacity());
        for (long at = from; at < to; at += piece.limit()) {
            piece.clear().limit((int) Math.min(piece.capacity(), to - at));
            extent.storage().read(piece, at);
            if (!piece.flip().equals(zeroes.clear().limit(piece.limit()))) {
                return true;
            }
        }
        return false;
    }
}
