// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.io.IOException;
import org.platter.format.CheckReport;

/**
 * Looks for everything that is wrong with an image that grows, and changes nothing. Room between blocks is no leak: it
 * is used again by whoever writes next. Room for whole blocks between the last one and the footer is.
 */
final class VhdCheck {
    private final VhdFooters footers;
    private final VhdMap map;
    private final CheckReport.Builder report = new CheckReport.Builder();

    VhdCheck(VhdFooters footers, VhdMap map) {
        this.footers = footers;
        this.map = map;
    }

    /**
     * The faults.
     *
     * @param space of an image that is open for writing, else null: blocks in it that are reserved or let go are no leak,
     *     nor is the end of the file if the next flush cuts it
     */
    CheckReport report(VhdScan scan, VhdSpace space) throws IOException {
        footers.slip().ifPresent(slip -> report.error(-1, slip));
        long[] positions =
                scan.run((fault, block, position) -> report.error(map.offset(block), fault.of(block, position)));
        long most = space == null ? 0 : space.loose() ? footers.end() : space.end();
        long end = Math.max(most, scan.end(positions));
        long blocks = leaked(footers, end, map.footprint());
        if (blocks > 0) {
            report.leak(blocks, leak(footers, end));
        }
        return report.report();
    }

    /** How many blocks have room between the end of everything and the footer. */
    static long leaked(VhdFooters footers, long end, long footprint) throws IOException {
        return Math.max(0, footers.end() - end) / footprint;
    }

    static String leak(VhdFooters footers, long end) throws IOException {
        return "VHD: " + (footers.end() - end) + " bytes between the last block, which ends at " + end
                + ", and the footer";
    }
}
