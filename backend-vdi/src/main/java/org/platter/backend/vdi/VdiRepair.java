// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.io.IOException;
import java.util.BitSet;
import java.util.Optional;
import org.platter.format.CheckReport;
import org.platter.format.CheckReport.Severity;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.storage.Storage;

/**
 * Mends an image, in steps of which each leaves it readable. Blocks that are not in the file become free, or zeroes in a
 * fixed image; a block that the end of the file cuts keeps what is there; of blocks at one place each gets its own copy;
 * physical blocks that belong to no block of the disk are filled with the last ones, and the file is cut.
 *
 * <p>The rule of what is safe: what an entry names beyond the end of the file may come back, when the rest of a download
 * arrives or the other parts are found. As long as there is such an entry, {@link RepairMode#SAFE} changes nothing at
 * all, because any mending takes places at the end of the file. Copies of blocks at one place lose nothing, but a small
 * file can ask for as many as the disk has blocks: more than the file has bytes are made only if that was asked for.
 */
final class VdiRepair {
    private static final long MOST_CHANGES = 1L << 20;
    private static final long FEW = 64L << 20; // bytes of copies that any file may get
    private static final String LEFT = "; left as it is, because ";

    private final Storage storage;
    private final VdiCommit commit;
    private final Progress progress;
    private final VdiMap map;
    private final CheckReport.Builder report = new CheckReport.Builder();
    private VdiSpace space;
    private final BitSet restored = new BitSet(); // blocks of a fixed image that the file had lost
    private long lost;
    private long shared;
    private long dropped;

    /** A repair of an image whose changes so far are durable. */
    VdiRepair(Storage storage, VdiCommit commit, VdiSpace space, Progress progress) {
        this.progress = progress;
        this.storage = storage;
        this.commit = commit;
        this.space = space;
        map = space.map();
    }

    /** The space that goes with the image now. */
    VdiSpace space() {
        return space;
    }

    /** Mends everything, or in {@link RepairMode#SAFE} what may be mended, and gives what there was. */
    CheckReport run(RepairMode mode) throws IOException {
        if (commit.header().mapEnd() > storage.size()) {
            return report.error(-1, VdiCheck.cutMap(commit.header(), storage.size()))
                    .report();
        }
        if (mode == RepairMode.SAFE && refuses()) {
            return report.report();
        }
        mendHeader();
        mendEntries();
        separate();
        if (!commit.header().fixed()) {
            fillHoles();
            cutEnd();
        }
        return report.report();
    }

    /** Reports all faults and changes nothing if mending would give something up, or make the file much larger. */
    private boolean refuses() throws IOException {
        scan((fault, block, physical) -> {
            lost += fault == VdiScan.Fault.LOST || fault == VdiScan.Fault.CUT ? 1 : 0;
            shared += fault == VdiScan.Fault.SHARED ? 1 : 0;
        });
        long copies = shared * map.blockSize();
        shared = 0;
        if (lost == 0 && copies <= Math.max(storage.size(), FEW)) {
            return false;
        }
        commit.header().slips().forEach(slip -> report.error(-1, slip + LEFT + others(copies)));
        scan((fault, block, physical) ->
                report.error(map.offset(block), fault.of(block, physical) + LEFT + why(fault, block, copies)));
        return true;
    }

    private void scan(VdiScan.Finder finder) throws IOException {
        scan(commit.header().sizes().allocated(), finder);
    }

    private BitSet scan(long counted, VdiScan.Finder finder) throws IOException {
        return new VdiScan(map, counted, storage.size(), space.places(), progress).run(finder);
    }

    private String why(VdiScan.Fault fault, long block, long copies) {
        return switch (fault) {
            case LOST -> "mending gives up " + map.visible(block) + " bytes of the disk";
            case CUT -> "mending makes zeroes of what the file has not of " + map.visible(block) + " bytes";
            case UNCOUNTED, SHARED -> others(copies);
        };
    }

    private String others(long copies) {
        return lost > 0
                ? "other faults cannot be mended without a loss"
                : "copies of what is shared take " + copies + " bytes more";
    }

    private void mendHeader() {
        VdiHeader header = commit.header();
        header.slips().forEach(slip -> report.repaired(Severity.ERROR, -1, slip));
        if (header.pre().resizing()) {
            report.repaired(Severity.ERROR, -1, "VDI pre-header: a resize was interrupted");
        }
        commit.change(header.mended());
    }

    private void mendEntries() throws IOException {
        long counted = commit.header().sizes().allocated();
        BitSet used = scan(counted, this::mend);
        used.or(restored);
        if (!commit.header().fixed()) {
            long leaks = new VdiCheck(storage, commit.header(), space, progress).leaks(counted, used);
            if (leaks > 0) {
                report.repaired(Severity.LEAK, -1, VdiCheck.lost(leaks, counted));
            }
        }
        space = new VdiSpace(map, used);
        commit.run(map, space);
    }

    private void mend(VdiScan.Fault fault, long block, long physical) throws IOException {
        if (fault == VdiScan.Fault.SHARED) {
            shared++;
            return;
        }
        report.repaired(Severity.ERROR, map.offset(block), fault.of(block, physical));
        if (fault != VdiScan.Fault.LOST) {
            grow(map.position(physical) + map.blockSize());
        } else if (commit.header().fixed()
                && physical < Math.min(map.blocks(), VdiSpace.MOST)
                && !restored.get((int) physical)) {
            grow(map.position(physical) + map.blockSize());
            restored.set((int) physical);
        } else {
            map.set(block, VdiMap.FREE);
            if (++dropped % MOST_CHANGES == 0) {
                commit.run(map, space);
            }
        }
    }

    private void grow(long end) throws IOException {
        if (storage.size() < end) {
            storage.resize(end);
        }
    }

    private void separate() throws IOException {
        if (shared > 0) {
            VdiMoves moves = new VdiMoves(storage, commit, space);
            scan(space.high(), (fault, block, physical) -> {
                moves.copy(block, 0);
                report.repaired(Severity.ERROR, map.offset(block), fault.of(block, physical));
            });
            moves.finish();
        }
    }

    private void fillHoles() throws IOException {
        long used = space.places().count(0, space.high());
        boolean holes = used < space.high();
        VdiMoves moves = new VdiMoves(storage, commit, space);
        for (long block = 0; holes && block < map.blocks(); block++) {
            int entry = map.entry(block);
            if (VdiMap.data(entry) && Integer.toUnsignedLong(entry) >= used) {
                moves.move(block, 0);
                progress.advance(map.blockSize());
            }
        }
        moves.finish();
    }

    private void cutEnd() throws IOException {
        Optional<String> rest = VdiCheck.trailing(commit.header(), space.high(), storage.size());
        if (rest.isPresent()) {
            storage.resize(commit.header().end(space.high()));
            storage.flush();
            report.repaired(Severity.LEAK, -1, rest.get());
        }
    }
}
