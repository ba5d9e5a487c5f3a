// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Optional;
import org.platter.format.CheckReport;
import org.platter.format.Progress;
import org.platter.storage.Storage;
import org.platter.table.BlockAllocator;

/**
 * Looks for everything that is wrong with an image, and changes nothing. A physical block that belongs to no block of
 * the disk is a leak only if something is stored there; empty ones are used again by whoever writes next.
 */
final class VdiCheck {
    private static final int CHUNK = 1 << 16;

    private final Storage storage;
    private final VdiHeader header;
    private final VdiMap map;
    private final BlockAllocator places;
    private final Progress progress;
    private final CheckReport.Builder report = new CheckReport.Builder();
    private final ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
    private final ByteBuffer zeroes = ByteBuffer.allocate(CHUNK);

    VdiCheck(Storage storage, VdiHeader header, VdiSpace space, Progress progress) {
        this.storage = storage;
        this.header = header;
        this.progress = progress;
        map = space.map();
        places = space.places();
    }

    /**
     * The faults.
     *
     * @param counted how many physical blocks count as allocated
     */
    CheckReport report(long counted) throws IOException {
        places.watch();
        try {
            return look(counted);
        } finally {
            places.unwatch();
        }
    }

    private CheckReport look(long counted) throws IOException {
        header.slips().forEach(slip -> report.error(-1, slip));
        if (header.pre().resizing()) {
            report.error(-1, "VDI pre-header: a resize was interrupted; other programs may refuse the image");
        }
        long fileEnd = storage.size();
        if (header.mapEnd() > fileEnd) {
            return report.error(-1, cutMap(header, fileEnd)).report();
        }
        BitSet used = new VdiScan(map, counted, fileEnd, places, progress)
                .run((fault, block, physical) -> report.error(map.offset(block), fault.of(block, physical)));
        if (!header.fixed()) {
            used.or(places.pending());
            unused(counted, used);
            long high = Math.max(counted, used.length());
            trailing(header, high, fileEnd)
                    .ifPresent(leak -> report.leak((fileEnd - header.end(high) - 1) / stride() + 1, leak));
        }
        return report.report();
    }

    private long stride() {
        return header.sizes().stride();
    }

    private void unused(long counted, BitSet used) throws IOException {
        long leaks = leaks(counted, used);
        long empty =
                counted - used.get(0, (int) Math.min(counted, VdiSpace.MOST)).cardinality() - leaks;
        if (leaks > 0) {
            report.leak(leaks, lost(leaks, counted));
        }
        if (empty > 0) {
            report.note(-1, "VDI: " + empty + " of " + counted + " physical blocks are empty and can be used again");
        }
    }

    /** How many counted blocks are not used though something is stored there; goes by the file, not by the count. */
    long leaks(long counted, BitSet used) throws IOException {
        long leaks = 0;
        long most = Math.min(counted, map.present(storage.size()));
        for (long physical = next(used, 0); physical < most; physical = next(used, physical + 1)) {
            long data = storage.nextData(header.end(physical));
            if (data >= header.end(physical + 1)) {
                physical = (data - header.dataPosition()) / stride() - 1; // nothing is stored before the next
            } else if (!places.touched(physical, physical + 1)
                    && stores(header.end(physical), header.end(physical + 1))) {
                leaks++;
            }
            progress.advance(stride());
        }
        return leaks;
    }

    private static long next(BitSet used, long from) {
        return from < VdiSpace.MOST ? used.nextClearBit((int) from) : from;
    }

    private boolean stores(long from, long to) throws IOException {
        long end = Math.min(to, storage.size());
        for (long at = from; at < end; at += buffer.limit()) {
            buffer.clear().limit((int) Math.min(CHUNK, end - at));
            storage.read(buffer, at);
            if (buffer.flip().mismatch(zeroes.clear().limit(buffer.limit())) >= 0) {
                return true;
            }
        }
        return false;
    }

    static String cutMap(VdiHeader header, long fileEnd) {
        return "VDI block map: " + header.sizes().blocks() + " entries end at " + header.mapEnd()
                + ", behind the end of the file at " + fileEnd;
    }

    static String lost(long leaks, long counted) {
        return "VDI: " + leaks + " of " + counted + " physical blocks belong to no block of the disk";
    }

    static Optional<String> trailing(VdiHeader header, long high, long fileEnd) {
        long end = header.end(high);
        return fileEnd > end
                ? Optional.of("VDI: " + (fileEnd - end) + " bytes follow the last block, which ends at " + end)
                : Optional.empty();
    }
}
