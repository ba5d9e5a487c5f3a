// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.platter.backend.vhdx.layout.Bytes;
import org.platter.format.CheckReport;
import org.platter.format.CheckReport.Severity;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.storage.Storage;

/**
 * Mends an image in steps of which each leaves it readable. Headers and region tables are written anew; a block that
 * overlaps something gets a copy of its own; what is too much at the end is cut. A block that is not in the file, or in a
 * state without meaning, is given up only if asked for.
 */
final class VhdxRepair {
    private final VhdxFile file;
    private final Storage storage;
    private final VhdxMap map;
    private final RepairMode mode;
    private final CheckReport.Builder report = new CheckReport.Builder();

    VhdxRepair(VhdxFile file, VhdxMap map, RepairMode mode) {
        this.file = file;
        storage = file.storage();
        this.map = map;
        this.mode = mode;
    }

    private record Found(VhdxScan.Fault fault, long block, long entry) {}

    private static List<Found> faults(VhdxScan scan, BitSet used) throws IOException {
        List<Found> all = new ArrayList<>();
        used.or(scan.run(Progress.NONE, (fault, block, entry) -> all.add(new Found(fault, block, entry))));
        return all;
    }

    /** First headers, region tables and entries that mean nothing. */
    void mend(VhdxScan scan) throws IOException {
        file.headers().slip().ifPresent(slip -> report.repaired(Severity.ERROR, -1, slip));
        if (!file.regions().slip().isEmpty()) {
            report.repaired(Severity.ERROR, -1, file.regions().slip());
            file.mendRegions();
        }
        for (Found each : faults(scan, new BitSet())) {
            boolean shared = each.fault() == VhdxScan.Fault.SHARED || each.fault() == VhdxScan.Fault.METADATA;
            if (shared && each.block() >= 0) {
                continue;
            }
            long offset = each.block() < 0 ? -1 : map.offset(each.block());
            String what = each.fault().of(VhdxScan.name(each.block()), each.entry());
            if (mode == RepairMode.SAFE) {
                report.error(offset, what + "; mending it loses what " + VhdxScan.name(each.block()) + " holds");
                continue;
            }
            if (each.block() < 0) {
                map.setBitmap(-1 - each.block(), 0);
            } else {
                map.set(each.block(), VhdxMap.NOT_PRESENT, 0);
            }
            report.repaired(Severity.ERROR, offset, what + "; what it held is lost");
        }
        file.commit(map);
    }

    /** Then blocks that overlap something. */
    void separate(VhdxScan scan, VhdxScan after) throws IOException {
        BitSet used = new BitSet();
        List<Found> faults = faults(scan, used);
        VhdxSpace space = new VhdxSpace(used, map.blockSize());
        for (Found each : faults) {
            boolean shared = each.fault() == VhdxScan.Fault.SHARED || each.fault() == VhdxScan.Fault.METADATA;
            if (shared && each.block() >= 0) {
                long place = space.takeBytes(map.blockSize());
                storage.transferTo(VhdxMap.position(each.entry()), map.blockSize(), storage, place);
                map.set(each.block(), VhdxMap.state(each.entry()), place);
                String what = each.fault().of(VhdxScan.name(each.block()), each.entry());
                report.repaired(Severity.ERROR, map.offset(each.block()), what);
            }
        }
        file.commit(map);
        cutEnd(after);
    }

    private void cutEnd(VhdxScan scan) throws IOException {
        BitSet used = new BitSet();
        boolean sound = faults(scan, used).isEmpty();
        long leaked = VhdxCheck.leaked(file, used);
        if (sound && leaked > 0) {
            file.retire();
            storage.resize(used.length() * Bytes.MIB);
            report.repaired(Severity.LEAK, -1, VhdxCheck.leak(leaked, used));
        }
    }

    CheckReport finish() {
        return report.report();
    }
}
