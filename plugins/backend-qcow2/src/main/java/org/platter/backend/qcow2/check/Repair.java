// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.check;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.platter.backend.qcow2.layout.Annexes;
import org.platter.backend.qcow2.layout.Clusters;
import org.platter.backend.qcow2.layout.Entry;
import org.platter.backend.qcow2.layout.Features;
import org.platter.backend.qcow2.layout.Header;
import org.platter.backend.qcow2.table.Changes;
import org.platter.backend.qcow2.table.ClusterMap;
import org.platter.backend.qcow2.table.Mending;
import org.platter.backend.qcow2.table.Space;
import org.platter.backend.qcow2.table.Volume;
import org.platter.format.CheckReport;
import org.platter.format.CheckReport.Severity;
import org.platter.format.Progress;
import org.platter.format.RepairMode;

/**
 * Mends an image, in steps of which each leaves it readable and no counter too low:
 *
 * <ol>
 *   <li>blocks of counters that are none are forgotten; data that lies over structures gets places of its own; entries
 *       that name nothing become zeroes if that may be lost; commit
 *   <li>counters that are too low are raised; commit
 *   <li>marks of sole references are put right; commit
 *   <li>counters that are too high are lowered, unless something could not be read: it may be what they count; commit
 *   <li>marks in the header are removed if nothing is wrong any more
 * </ol>
 */
public final class Repair {
    private static final int STEP = 1 << 18;

    private final Volume volume;
    private final Annexes annexes;
    private final boolean lossy;
    private final Clusters sizes;
    private final Mending mending;
    private final CheckReport.Builder report = new CheckReport.Builder();
    private final Map<Fault, List<Long>> found = new EnumMap<>(Fault.class);
    private boolean unresolved;

    /** A repair of an image whose changes so far are durable. */
    public Repair(Volume volume, Annexes annexes, RepairMode mode) {
        this.volume = volume;
        this.annexes = annexes;
        lossy = mode == RepairMode.LOSSY;
        sizes = volume.sizes();
        mending = new Mending(volume);
    }

    /** Mends everything, and gives what there was. */
    public CheckReport run(Progress progress) throws IOException {
        Examination first = new Examination(volume, annexes, this::note, progress);
        first.run();
        volume.space(new Space(first.used()));
        replaceLost();
        separate();
        volume.commit();
        Examination second = new Examination(volume, annexes, this::remember, progress);
        found.clear();
        second.run();
        count(second.survey(), progress);
        mark();
        if (!unresolved) {
            Examination third = new Examination(volume, annexes, (fault, number, what) -> {}, progress);
            third.run();
            lower(third.survey(), progress);
        }
        marks();
        return report.report();
    }

    private void note(Fault fault, long number, String what) {
        remember(fault, number, what);
        boolean disk = fault == Fault.ENTRY || fault == Fault.OVERLAP || fault == Fault.SHARED || fault == Fault.OWN;
        long offset = disk ? sizes.at(number) : -1;
        switch (fault) {
            case STRUCTURE -> {
                report.error(-1, what);
                unresolved = true;
            }
            case ENTRY, TABLE -> lost(offset, what);
            case LEAK, HIGH -> {
                if (unresolved) {
                    report.leak(number, what + "; kept, because not everything could be read");
                } else {
                    report.repaired(Severity.LEAK, -1, what);
                }
            }
            default -> report.repaired(Severity.ERROR, offset, what);
        }
    }

    private void lost(long offset, String what) {
        if (lossy) {
            report.repaired(Severity.ERROR, offset, what + "; what was there is lost and reads as zeroes now");
        } else {
            report.error(offset, what + "; a lossy repair would make it zeroes");
            unresolved = true;
        }
    }

    private void remember(Fault fault, long number, String what) {
        if (fault != Fault.STRUCTURE && fault != Fault.LOW && fault != Fault.HIGH && fault != Fault.LEAK) {
            found.computeIfAbsent(fault, key -> new ArrayList<>()).add(number);
        }
    }

    private List<Long> each(Fault fault) {
        return found.getOrDefault(fault, List.of());
    }

    private void replaceLost() throws IOException {
        for (long block : each(Fault.BLOCK)) {
            mending.forgetBlock(block);
        }
        if (!lossy) {
            return;
        }
        for (long table : each(Fault.TABLE)) {
            mending.forgetTable(table);
        }
        for (long cluster : each(Fault.ENTRY)) {
            volume.own(cluster);
            mending.set(cluster, zero(), sizes.extended() ? Entry.ALL_ZERO : 0);
        }
    }

    private long zero() {
        return sizes.extended() || volume.head().header().version() < 3 ? 0 : Entry.ZERO;
    }

    /** Data that lies over structures is copied away. What it overwrites is not let go: it is the structure's. */
    private void separate() throws IOException {
        ClusterMap map = volume.map();
        for (long cluster : each(Fault.OVERLAP)) {
            long entry = map.entry(cluster);
            volume.own(cluster);
            int place = volume.space().one();
            long from = Entry.position(entry);
            long length = Math.min(sizes.size(), volume.storage().size() - from);
            volume.storage().transferTo(from, length, volume.storage(), sizes.at(place));
            volume.referred(Changes.Kind.DATA, place, sizes.table(cluster));
            mending.set(cluster, sizes.at(place) | Entry.COPIED | entry & Entry.ZERO, map.second(cluster));
        }
    }

    private void count(Survey survey, Progress progress) throws IOException {
        for (int cluster = survey.next(0); cluster < survey.end(); cluster = survey.next(cluster + 1L)) {
            if (survey.count(cluster) > volume.refcounts().get(cluster)) {
                if (survey.count(cluster) > volume.refcounts().most()) {
                    report.error(
                            -1,
                            "QCOW2 refcounts: cluster " + cluster + " has " + survey.count(cluster)
                                    + " references, a counter ends at "
                                    + volume.refcounts().most());
                    unresolved = true;
                }
                mending.count(
                        cluster,
                        Math.min(survey.count(cluster), volume.refcounts().most()));
            }
            step(cluster, progress);
        }
        volume.commit();
    }

    private static void step(int cluster, Progress progress) throws IOException {
        if (cluster % STEP == STEP - 1) {
            progress.advance(STEP);
        }
    }

    private void mark() throws IOException {
        for (long table : each(Fault.TABLE_SHARED)) {
            mending.mark(table, false);
        }
        for (long table : each(Fault.TABLE_OWN)) {
            mending.mark(table, true);
        }
        for (Fault fault : List.of(Fault.SHARED, Fault.OWN)) {
            for (long cluster : each(fault)) {
                volume.own(cluster);
                long entry = volume.map().entry(cluster) & ~Entry.COPIED;
                mending.set(
                        cluster,
                        fault == Fault.OWN ? entry | Entry.COPIED : entry,
                        volume.map().second(cluster));
            }
        }
        volume.commit();
    }

    private void lower(Survey survey, Progress progress) throws IOException {
        for (int cluster = survey.next(0); cluster < survey.end(); cluster = survey.next(cluster + 1L)) {
            long counter = volume.refcounts().get(cluster);
            int count = survey.count(cluster);
            if (counter > count) {
                mending.lower(cluster, count);
            }
            step(cluster, progress);
        }
        volume.commit();
    }

    private void marks() throws IOException {
        Header header = volume.head().header();
        if (header.has(Features.DIRTY)) {
            report.repaired(Severity.ERROR, -1, "QCOW2 header: the image was not closed");
        }
        if (header.has(Features.CORRUPT) && !unresolved) {
            report.repaired(Severity.ERROR, -1, "QCOW2 header: the image is marked as corrupt");
        } else if (header.has(Features.CORRUPT)) {
            report.error(-1, "QCOW2 header: the image is marked as corrupt");
        }
        long stays = unresolved ? header.incompatible() & Features.CORRUPT : 0;
        long others = header.incompatible() & ~(Features.CORRUPT | Features.DIRTY);
        volume.head().replace(header.withFeatures(others | stays, header.autoclear()));
    }
}
