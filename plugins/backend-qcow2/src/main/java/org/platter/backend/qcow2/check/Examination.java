// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.check;

import java.io.IOException;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import org.platter.backend.qcow2.layout.Annexes;
import org.platter.backend.qcow2.layout.Clusters;
import org.platter.backend.qcow2.layout.Entry;
import org.platter.backend.qcow2.table.Changes;
import org.platter.backend.qcow2.table.ClusterMap;
import org.platter.backend.qcow2.table.Refcounts;
import org.platter.backend.qcow2.table.Volume;
import org.platter.format.Progress;

/**
 * Looks for everything that is wrong with an image, and changes nothing: counts the references, compares them with the
 * counters of the file, and looks whether entries rightly say that they are the only reference.
 */
final class Examination {
    private static final int STEP = 1 << 18;

    private final Volume volume;
    private final Fault.Finder finder;
    private final Progress progress;
    private final Clusters sizes;
    private final Survey survey;
    private final Set<Long> badBlocks = new HashSet<>();

    Examination(Volume volume, Annexes annexes, Fault.Finder finder, Progress progress) throws IOException {
        this.volume = volume;
        this.finder = (fault, number, what) -> {
            if (fault == Fault.BLOCK) {
                badBlocks.add(number);
            }
            finder.found(fault, number, what);
        };
        this.progress = progress;
        sizes = volume.sizes();
        survey = new Survey(volume, annexes, this.finder, progress);
    }

    /** How many references each cluster has. */
    Survey survey() {
        return survey;
    }

    /** Looks at everything. */
    void run() throws IOException {
        Changes before = volume.watch(survey);
        try {
            survey.run();
            compare();
            flags();
        } finally {
            volume.watch(before);
        }
    }

    /** Clusters that are referred to or counted. */
    BitSet used() throws IOException {
        BitSet used = new BitSet();
        for (int cluster = survey.next(0); cluster < survey.end(); cluster = survey.next(cluster + 1L)) {
            if (survey.count(cluster) > 0 || counter(cluster) > 0) {
                used.set(cluster);
            }
        }
        return used;
    }

    /** What the file says, with what will be written by the next commit. */
    private long counter(int cluster) throws IOException {
        Refcounts counts = volume.refcounts();
        boolean known = !badBlocks.contains(counts.blockOf(cluster));
        return volume.space().pending(cluster, known ? counts.get(cluster) : 0);
    }

    private void compare() throws IOException {
        int from = 0;
        int end = 0; // of the run of one fault that began there
        int looked = 0;
        Fault last = null;
        for (int cluster = survey.next(0); cluster < survey.end(); cluster = survey.next(cluster + 1L)) {
            Fault fault = judge(counter(cluster), survey.count(cluster));
            looked++;
            if (fault != last || cluster != end || looked % STEP == 0) {
                say(last, from, end);
                from = cluster;
                last = fault;
            }
            end = cluster + 1;
            if (looked % STEP == 0) {
                progress.advance(STEP);
            }
        }
        say(last, from, end);
    }

    private static Fault judge(long counter, int count) {
        if (counter == count) {
            return null;
        }
        return counter < count ? Fault.LOW : count == 0 ? Fault.LEAK : Fault.HIGH;
    }

    private void say(Fault fault, int from, int to) throws IOException {
        if (fault == null || from == to) {
            return;
        }
        String clusters = to - from == 1 ? "cluster " + from : "clusters " + from + " to " + (to - 1);
        long counter = counter(from);
        String what = fault == Fault.LEAK
                ? " belong to nothing, but are counted"
                : " are counted " + counter + " times, but have " + survey.count(from) + " references"
                        + (to - from > 1 ? " (the first)" : "");
        finder.found(fault, to - from, "QCOW2 refcounts: " + clusters + " of the file" + what);
    }

    /** The marks of sole references, in the present state only: in snapshots they mean nothing. */
    private void flags() throws IOException {
        ClusterMap map = volume.map();
        for (long table = 0; table < map.l1Size(); table++) {
            long entry = map.l1(table);
            if (Entry.position(entry) == 0 || Entry.position(entry) >= sizes.at(survey.end())) {
                continue;
            }
            int count = survey.count((int) sizes.of(Entry.position(entry)));
            if (count > 0 && Entry.copied(entry) != (count == 1)) {
                finder.found(
                        count == 1 ? Fault.TABLE_OWN : Fault.TABLE_SHARED,
                        table,
                        flag("L1 table: entry", table, count));
            }
            if (table < map.tables()
                    && map.l1Fault(table, entry, volume.storage().size()).isEmpty()) {
                flags(map, table);
                progress.advance(sizes.size());
            }
        }
    }

    private void flags(ClusterMap map, long table) throws IOException {
        long first = table << sizes.l2Bits();
        for (long cluster = first; cluster < map.tableEnd(first); cluster++) {
            long entry = map.entry(cluster);
            long place = sizes.of(Entry.position(entry));
            if (place == 0 || Entry.compressed(entry) || volume.external() || place >= survey.end()) {
                continue;
            }
            int count = survey.count((int) place);
            if (count > 0 && Entry.copied(entry) != (count == 1)) {
                finder.found(count == 1 ? Fault.OWN : Fault.SHARED, cluster, flag("L2 table: cluster", cluster, count));
            }
        }
    }

    private static String flag(String who, long number, int count) {
        return "QCOW2 " + who + " " + number
                + (count == 1
                        ? " does not say that its cluster is its own"
                        : " says that its cluster is its own, but it has " + count + " references");
    }
}
