// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.sparse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.platter.backend.vmdk.layout.Layout;
import org.platter.backend.vmdk.sparse.SparseScan.Fault;
import org.platter.backend.vmdk.table.Space;
import org.platter.format.CheckReport;
import org.platter.format.Progress;

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

    void check(Progress progress) throws IOException {
        if (extent.uncleanAtOpen()) {
            report.note(-1, "VMDK sparse extent: was not closed in order");
        }
        try (Meanwhile meanwhile = Meanwhile.watching(extent.space(), progress)) {
            Space space =
                    new SparseScan(extent.storage(), extent.layout(), extent.tables(), this::found, meanwhile).run();
            leaks(space, meanwhile, (from, to, grains) -> report.leak(grains, leak(from, to)));
        }
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

    /** Finds data in what is not in use. The file may become shorter on the way. */
    void leaks(Space space, Meanwhile meanwhile, Leaks leaks) throws IOException {
        for (long at = space.nextFree(extent.layout().floor()); at < size(); ) {
            long used = space.nextUsed(at);
            long to = used > at ? Math.min(size(), used) : size();
            leaks(at, to, meanwhile, leaks);
            if (to >= size()) {
                return; // the end may be inside of a unit of the space, which would be found again
            }
            at = space.nextFree(to);
        }
    }

    private long size() throws IOException {
        return extent.storage().size();
    }

    private void leaks(long from, long to, Meanwhile meanwhile, Leaks leaks) throws IOException {
        long grain = extent.layout().grain();
        long begin = from;
        long end = from;
        for (long at = nextData(from, from); at < to; at = nextData(from, at + grain)) {
            long past = Math.min(to, at + grain);
            if (!meanwhile.touched(at, past) && !pending(at, past) && holdsData(at, past, meanwhile)) {
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

    /** True if the range is handed out, or let go since the last flush. */
    private boolean pending(long from, long to) {
        return extent.space() != null && extent.space().pending(from, to);
    }

    private long grains(long from, long to) {
        return (to - from + extent.layout().grain() - 1) / extent.layout().grain();
    }

    /** The first grain, counted from {@code first}, that is not known to be a hole; never one before {@code position}. */
    private long nextData(long first, long position) throws IOException {
        long grain = extent.layout().grain();
        long data = position < size() ? extent.storage().nextData(position) : position;
        return Math.max(position, first + (data - first) / grain * grain);
    }

    /** True if there is a byte that is not zero, and the place has been nobody's all the while. */
    private boolean holdsData(long from, long to, Meanwhile meanwhile) throws IOException {
        ByteBuffer zeroes = ByteBuffer.allocate((int) Math.min(PIECE, to - from));
        ByteBuffer piece = ByteBuffer.allocate(zeroes.capacity());
        boolean data = false;
        for (long at = from; at < Math.min(to, size()) && !data; at += piece.capacity()) {
            piece.clear().limit((int) Math.min(piece.capacity(), Math.min(to, size()) - at));
            extent.storage().read(piece, at);
            data = !piece.flip().equals(zeroes.clear().limit(piece.limit()));
            meanwhile.advance(piece.limit());
            if (meanwhile.touched(from, to)) {
                return false;
            }
        }
        return data;
    }
}
