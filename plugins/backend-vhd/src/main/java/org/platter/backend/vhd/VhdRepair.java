// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.io.IOException;
import java.util.Optional;
import org.platter.format.CheckReport;
import org.platter.format.CheckReport.Severity;
import org.platter.format.RepairMode;
import org.platter.storage.Storage;

/**
 * Mends an image, in steps of which each leaves it readable. A missing footer is written again; a block that is not in
 * the file becomes free, and of one that the end of the file cuts the sectors that are there stay; a block that overlaps
 * something gets a copy of its own; what is too much at the end is cut. The image looks at its file anew between steps.
 *
 * <p>The rule of what is safe: what the table names beyond the end of the file may come back, in the other parts of an
 * image that was split or when the rest of a download arrives. As long as there is such a block,
 * {@link RepairMode#SAFE} changes nothing at all: even a footer would take the place of what is missing. Copies lose
 * nothing, but more of them than the file has bytes are made only if that was asked for.
 */
final class VhdRepair {
    private static final long FEW = 64L << 20; // bytes of copies that any file may get

    private final Storage storage;
    private final VhdCommit commit;
    private final VhdFooters footers;
    private final CheckReport.Builder report = new CheckReport.Builder();

    /** A repair of an image whose changes so far are durable. */
    VhdRepair(Storage storage, VhdCommit commit) {
        this.storage = storage;
        this.commit = commit;
        footers = commit.footers();
    }

    /** Reports all faults and changes nothing if mending would give something up, or make the file much larger. */
    boolean refuses(VhdMap map, VhdScan scan) throws IOException {
        long[] counts = new long[2]; // outside, others
        scan.run((fault, block, position) -> counts[fault == VhdScan.Fault.OUTSIDE ? 0 : 1]++);
        long copies = counts[1] * map.footprint();
        if (counts[0] == 0 && copies <= Math.max(storage.size(), FEW)) {
            return false;
        }
        String others = counts[0] > 0
                ? "; left as it is, because other faults cannot be mended without a loss"
                : "; left as it is, because copies of what overlaps take " + copies + " bytes more";
        footers.slip().ifPresent(slip -> report.error(-1, slip + others));
        scan.run((fault, block, position) -> report.error(
                map.offset(block),
                fault.of(block, position)
                        + (fault == VhdScan.Fault.OUTSIDE
                                ? "; left as it is, because mending gives up what the file has not of "
                                        + map.visible(block) + " bytes of the disk"
                                : others)));
        return true;
    }

    /** What was found so far. */
    CheckReport report() {
        return report.report();
    }

    /** First the footers. */
    void mendFooters() throws IOException {
        Optional<String> slip = footers.slip();
        if (slip.isPresent()) {
            footers.commit();
            report.repaired(Severity.ERROR, -1, slip.get());
        }
    }

    /** Then blocks that are not, or not wholly, in the file. */
    void mendPlaces(VhdMap map, VhdScan scan) throws IOException {
        long end = footers.end();
        scan.run((fault, block, position) -> {
            if (fault == VhdScan.Fault.OUTSIDE) {
                mendPlace(map, block, position, end);
                report.repaired(Severity.ERROR, map.offset(block), fault.of(block, position));
            }
        });
        finish(map);
    }

    private void mendPlace(VhdMap map, long block, long position, long end) throws IOException {
        long there = end - position - map.bitmapBytes();
        if (there <= 0 || position == 0) {
            map.place(block, VhdMap.FREE);
            return;
        }
        map.mark(block, there / VhdMap.SECTOR, map.blockSize() / VhdMap.SECTOR, false);
        long before = footers.end();
        if (before < position + map.footprint()) {
            footers.moveTo(position + map.footprint());
            storage.zero(before, position + map.footprint() - before);
        }
    }

    /** Then blocks that overlap. */
    void separate(VhdMap map, VhdSpace space, VhdScan scan) throws IOException {
        scan.run((fault, block, position) -> {
            long place = space.reserve(block);
            commit.makeRoom(space, place + map.footprint(), map.footprint());
            storage.transferTo(position, map.footprint(), storage, place);
            map.place(block, (int) (place / VhdMap.SECTOR));
            space.take(block, place);
            report.repaired(Severity.ERROR, map.offset(block), fault.of(block, position));
        });
        finish(map);
    }

    private void finish(VhdMap map) throws IOException {
        map.storeBitmaps();
        storage.flush();
        map.flushEntries(storage);
    }

    /** At last the end of the file. */
    CheckReport cutEnd(VhdMap map, VhdSpace space) throws IOException {
        long end = space.end();
        if (VhdCheck.leaked(footers, end, map.footprint()) > 0) {
            String leak = VhdCheck.leak(footers, end);
            footers.cutTo(end);
            report.repaired(Severity.LEAK, -1, leak);
        }
        return report.report();
    }
}
