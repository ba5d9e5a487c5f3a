// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx;

import java.io.IOException;
import java.util.BitSet;
import org.platter.backend.vhdx.layout.Bytes;
import org.platter.format.CheckReport;
import org.platter.format.Progress;

/**
 * Looks for everything that is wrong with an image, and changes nothing. Room between blocks is no leak: it is used again by
 * whoever writes next. Room behind the last one is. If other calls change the table meanwhile, faults found may be of two
 * moments: then it looks again without letting anybody in.
 */
final class VhdxCheck {
    private final VhdxFile file;
    private final VhdxMap map;

    VhdxCheck(VhdxFile file, VhdxMap map) {
        this.file = file;
        this.map = map;
    }

    /** How a scan begins. */
    @FunctionalInterface
    interface Start {
        VhdxScan scan() throws IOException;
    }

    /** The faults; {@code end} is the end of what is in use if the next flush cuts the file there, or -1. */
    CheckReport report(Start start, long end, Progress progress) throws IOException {
        CheckReport report = look(start.scan(), end, progress);
        return report.errors() == 0 ? report : look(start.scan(), end, Progress.NONE);
    }

    private CheckReport look(VhdxScan scan, long end, Progress progress) throws IOException {
        CheckReport.Builder report = new CheckReport.Builder();
        file.headers().slip().filter(slip -> !file.begun()).ifPresent(slip -> report.error(-1, slip));
        if (!file.regions().slip().isEmpty()) {
            report.error(-1, file.regions().slip());
        }
        BitSet used = scan.run(
                progress,
                (fault, block, entry) ->
                        report.error(block < 0 ? -1 : map.offset(block), fault.of(VhdxScan.name(block), entry)));
        long leaked = end >= 0 ? 0 : leaked(file, used);
        if (leaked > 0) {
            report.leak(leaked, leak(leaked, used));
        }
        return report.report();
    }

    /** Whole blocks of 1 MiB behind everything. */
    static long leaked(VhdxFile file, BitSet used) throws IOException {
        return Math.max(0, file.overlay().size() / Bytes.MIB - used.length());
    }

    static String leak(long leaked, BitSet used) {
        return "VHDX: " + leaked + " MiB behind the last block, which ends at " + used.length() * Bytes.MIB;
    }
}
