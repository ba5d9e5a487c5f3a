// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.old;

import java.io.IOException;
import org.platter.backend.qcow2.stream.Codecs;
import org.platter.backend.qcow2.stream.StreamView;
import org.platter.backend.qcow2.table.LongTable;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Image;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageInfo;
import org.platter.format.Run;
import org.platter.storage.ReadOnlyStorage;
import org.platter.storage.Storage;

/** An open QCOW image. Everything is for any thread and takes no lock once tables are in memory. */
final class QcowImage implements Image {
    private static final long COMPRESSED = 1L << 63;
    private static final int MOST_CLUSTERS = 4096;

    private final Storage storage;
    private final Storage view;
    private final QcowHeader header;
    private final ImageInfo info;
    private final LongTable l1;
    private final LongTable l2;
    private final Codecs codecs;
    private final StreamView streams;

    QcowImage(Storage storage, QcowHeader header, ImageInfo info) {
        this.storage = storage;
        this.header = header;
        this.info = info;
        view = new ReadOnlyStorage(storage, ErrorCode.READ_ONLY, "QCOW: images of version 1 are only read");
        l1 = LongTable.contiguous(storage, "QCOW L1 table", header.l1Position(), header.tables());
        int page = 1 << header.l2Bits();
        l2 = new LongTable(storage, "QCOW L2 table", header.tables() * page, page, this::position);
        codecs = new Codecs(0, header.clusterSize());
        streams = new StreamView(storage, header.clusterBits(), header::size, this::stream, codecs);
    }

    private long position(int table) throws IOException {
        long position = l1.get(table);
        if (position < 0 || position > storage.size() - (Long.BYTES << header.l2Bits())) {
            throw corrupt("L1 table: entry " + table + " is 0x" + Long.toHexString(position)
                    + ", no place of an L2 table in a file of " + storage.size() + " bytes");
        }
        return position == 0 ? -1 : position;
    }

    private static DiskException corrupt(String what) {
        return new DiskException(ErrorCode.CORRUPT, "QCOW " + what);
    }

    private StreamView.Place stream(long cluster) throws IOException {
        long entry = l2.get(cluster);
        int shift = 63 - header.clusterBits();
        long start = entry & (1L << shift) - 1;
        return new StreamView.Place(entry, start, start + (entry >>> shift & header.clusterSize() - 1));
    }

    @Override
    public ImageInfo info() {
        return info;
    }

    @Override
    public Run map(long offset, long length) throws IOException {
        if (offset < 0 || length <= 0 || length > header.size() - offset) {
            throw new IllegalArgumentException(offset + "+" + length + " is no range of the disk");
        }
        long cluster = offset >>> header.clusterBits();
        if (l1.get(cluster >>> header.l2Bits()) == 0) {
            return new Run.Free(offset, Math.min(length, header.coverage() - offset % header.coverage()));
        }
        long entry = l2.get(cluster);
        long inside = offset & header.clusterSize() - 1;
        long count = header.clusterSize() - inside;
        long last = Math.min(cluster + MOST_CLUSTERS, cluster | (1L << header.l2Bits()) - 1);
        for (long next = cluster + 1; next <= last && follows(entry, l2.get(next), next - cluster); next++) {
            count += header.clusterSize();
        }
        return run(entry, offset, Math.min(length, count), inside);
    }

    private boolean follows(long first, long entry, long by) {
        if (first == 0 || (first & COMPRESSED) != 0) {
            return first == 0 ? entry == 0 : (entry & COMPRESSED) != 0;
        }
        return entry == first + by * header.clusterSize();
    }

    private Run run(long entry, long offset, long length, long inside) throws IOException {
        if (entry == 0) {
            return new Run.Free(offset, length);
        }
        if ((entry & COMPRESSED) != 0) {
            return new Run.Data(offset, length, streams, offset);
        }
        long position = entry + inside;
        long there = Math.min(length, storage.size() - position);
        if (there <= 0) {
            throw corrupt("L2 table: offset " + offset + " of the disk is at " + Long.toUnsignedString(entry)
                    + ", but the file ends at " + storage.size());
        }
        return new Run.Data(offset, there, view, position);
    }

    @Override
    public Run.Data allocate(long offset, long length) throws IOException {
        throw refusal();
    }

    @Override
    public void remap(Run run) throws IOException {
        throw refusal();
    }

    @Override
    public void update(ImageAttributes attributes) throws IOException {
        throw refusal();
    }

    private static DiskException refusal() {
        return new DiskException(ErrorCode.READ_ONLY, "QCOW: images of version 1 are only read");
    }

    @Override
    public void close() {
        streams.close();
        codecs.close();
    }
}
