// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.io.IOException;
import java.util.BitSet;
import java.util.Optional;
import org.platter.format.CheckReport;
import org.platter.storage.Storage;

/** Looks for everything that is wrong with an image, and changes nothing. */
final class VdiCheck {
    private final Storage storage;
    private final VdiHeader header;
    private final VdiMap map;
    private final CheckReport.Builder report = new CheckReport.Builder();

    VdiCheck(Storage storage, VdiHeader header, VdiMap map) {
        this.storage = storage;
        this.header = header;
        this.map = map;
    }

    /**
     * The faults.
     *
     * @param counted how many physical blocks count as allocated
     * @param between how many of them are on their way in or out of the map
     */
    CheckReport report(long counted, long between) throws IOException {
        header.slips().forEach(slip -> report.error(-1, slip));
        if (header.pre().resizing()) {
            report.error(-1, "VDI pre-header: a resize was interrupted; other programs may refuse the image");
        }
        long fileEnd = storage.size();
        if (header.mapEnd() > fileEnd) {
            return report.error(-1, cutMap(header, fileEnd)).report();
        }
        BitSet used = new VdiScan(map, counted, fileEnd)
                .run((fault, block, physical) -> report.error(map.offset(block), fault.of(block, physical)));
        if (!header.fixed()) {
            long lost = counted - between - used.cardinality();
            lost(counted - between, used).ifPresent(leak -> report.leak(lost, leak));
            long high = Math.max(counted, used.length());
            long stride = header.sizes().stride();
            trailing(header, high, fileEnd)
                    .ifPresent(leak -> report.leak((fileEnd - header.end(high) - 1) / stride + 1, leak));
        }
        return report.report();
    }

    static String cutMap(VdiHeader header, long fileEnd) {
        return "VDI block map: " + header.sizes().blocks() + " entries end at " + header.mapEnd()
                + ", behind the end of the file at " + fileEnd;
    }

    static Optional<String> lost(long counted, BitSet used) {
        long lost = counted - used.cardinality();
        return lost > 0
                ? Optional.of("VDI: " + lost + " of " + counted + " physical blocks belong to no block of the disk")
                : Optional.empty();
    }

    static Optional<String> trailing(VdiHeader header, long high, long fileEnd) {
        long end = header.end(high);
        return fileEnd > end
                ? Optional.of("VDI: " + (fileEnd - end) + " bytes follow the last block, which ends at " + end)
                : Optional.empty();
    }
}
