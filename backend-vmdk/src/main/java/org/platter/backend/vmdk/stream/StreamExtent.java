// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Extent;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.backend.vmdk.layout.HostedHeader;
import org.platter.backend.vmdk.table.GrainIndex;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.Progress;
import org.platter.format.Run;
import org.platter.storage.Storage;

/**
 * A stream that was written, for reading at random. The directory is where the header says, or where the footer does.
 * {@link #map} takes no lock.
 */
public final class StreamExtent implements Extent {
    private static final long MOST_RUN = 16L << 20;
    private static final long PATIENCE = 1L << 20; // entries

    private final GrainIndex index;
    private final GrainView view;
    private final long size;
    private final int shift;

    private StreamExtent(Storage storage, GrainIndex index, long size, int shift) throws IOException {
        this.index = index;
        this.size = size;
        this.shift = shift;
        long end = storage.size();
        view = new GrainView(storage, () -> end, size, shift, index::entry);
    }

    /** The extent of a file, {@code size} bytes of it. */
    public static StreamExtent open(Storage storage, long size) throws IOException {
        HostedHeader header = HostedHeader.read(storage, 0).validated();
        HostedHeader counts = header.directory() == HostedHeader.IN_FOOTER ? footer(storage, header) : header;
        if (size > header.capacity() * Sectors.BYTES) {
            throw Bad.header("VMDK stream: the descriptor says " + size + " bytes, its header only "
                    + header.capacity() * Sectors.BYTES);
        }
        int shift = Long.numberOfTrailingZeros(header.grain() * Sectors.BYTES);
        return new StreamExtent(storage, GrainIndex.open(storage, counts), size, shift);
    }

    private static HostedHeader footer(Storage storage, HostedHeader header) throws IOException {
        long end = storage.size();
        ByteBuffer last = Sectors.read(storage, end - 3 * Sectors.BYTES, 3 * Sectors.BYTES, "VMDK stream footer");
        Marker before = Marker.decode(last);
        Marker behind = Marker.decode(last.duplicate().position(2 * Sectors.BYTES));
        if (before.type() != Marker.FOOTER || before.dataSize() != 0 || !behind.equals(new Marker(0, 0, Marker.END))) {
            throw Bad.header("VMDK stream footer: the last three sectors of " + end
                    + " bytes are no marker, footer and end; the stream is cut off");
        }
        HostedHeader footer = HostedHeader.decode(last.position(Sectors.BYTES)).validated();
        if (footer.directory() == HostedHeader.IN_FOOTER
                || footer.capacity() != header.capacity()
                || footer.grain() != header.grain()
                || footer.tableEntries() != header.tableEntries()
                || !footer.compressed()) {
            throw Bad.header("VMDK stream footer: contradicts the header");
        }
        return footer;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public long blockSize() {
        return 1L << shift;
    }

    @Override
    public Run map(long offset, long length) throws IOException {
        long grain = offset >> shift;
        long last = offset + Math.min(length, Math.max(MOST_RUN, 1L << shift)) - 1 >> shift;
        int kind = kind(grain);
        if (kind == 0) {
            long stop = index.nextUsed(grain + 1, (offset + length - 1 >> shift) + 1, PATIENCE) << shift;
            return new Run.Free(offset, Math.min(stop - offset, length));
        }
        long next = grain + 1;
        while (next <= last && kind(next) == kind) {
            next++;
        }
        long count = Math.min(length, (next << shift) - offset);
        return kind == 1 ? new Run.Zero(offset, count) : new Run.Data(offset, count, view, offset);
    }

    /** 0 for no grain, 1 for zeroes, 2 for data. */
    private int kind(long grain) throws IOException {
        int entry = index.entry(grain);
        return entry == 0 ? 0 : entry == 1 && index.zeroMarks() ? 1 : 2;
    }

    @Override
    public Run.Data allocate(long offset, long length) throws IOException {
        throw Bad.readOnly("VMDK stream: is written once, from front to end, and then only read");
    }

    @Override
    public void remap(Run run) throws IOException {
        throw Bad.readOnly("VMDK stream: is written once, from front to end, and then only read");
    }

    /** Inflates every grain, which compares it with its checksum: people check what they have downloaded. */
    @Override
    public void check(CheckReport.Builder report, long start, Progress progress) throws IOException {
        long grains = (size - 1 >> shift) + 1;
        ByteBuffer scratch = ByteBuffer.allocate(1 << shift);
        for (long grain = 0; grain < grains; ) {
            try {
                grain = index.nextUsed(grain, grains, PATIENCE);
                progress.advance(PATIENCE / 8);
                if (grain < grains && kind(grain) == 2) {
                    view.checkGrain(grain, scratch);
                    progress.advance(1L << shift);
                }
                grain++;
            } catch (DiskException e) {
                if (e.code() == ErrorCode.CANCELLED) {
                    throw e;
                }
                report.error(start + (grain << shift), e.getMessage());
                grain = index.skipBroken(grain);
            }
        }
    }

    @Override
    public void close() {
        view.close();
    }
}
