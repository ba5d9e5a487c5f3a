// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import java.io.IOException;
import org.platter.backend.qcow2.layout.Clusters;
import org.platter.backend.qcow2.layout.Entry;
import org.platter.backend.qcow2.table.ClusterMap;
import org.platter.backend.qcow2.table.Space;
import org.platter.backend.qcow2.table.Volume;
import org.platter.format.Run;

/**
 * Gives plain clusters for data, and makes them visible. A request for whole subclusters within one cluster gets just
 * them: in the cluster that is there, if they have not been let go since the last flush, else in a new one. For one thread
 * at a time.
 */
final class Rooms {
    private final Volume volume;
    private final Clusters sizes;
    private final ClusterMap map;

    Rooms(Volume volume) {
        this.volume = volume;
        sizes = volume.sizes();
        map = volume.map();
    }

    /** Reserves room; see {@link org.platter.format.Image#allocate}. */
    Run.Data allocate(long offset, long length, int most) throws IOException {
        long cluster = sizes.of(offset);
        long wanted = Math.min(sizes.of(offset + length - 1) + 1 - cluster, most);
        long start = sizes.at(cluster);
        if (volume.external()) {
            long end = Math.min(sizes.at(cluster + wanted), map.disk());
            return new Run.Data(start, end - start, volume.data(), start);
        }
        long stop = Math.min(Math.min(offset + length, sizes.at(cluster + 1)), map.disk());
        if (sizes.extended() && !wholeCluster(offset, stop) && units(offset, stop) && free(cluster, offset, stop)) {
            return new Run.Data(offset, stop - offset, volume.storage(), place(cluster) + offset - start);
        }
        Space.Extent found = volume.reserve(cluster, (int) wanted);
        clearTail(cluster + found.count() - 1, found.first() + found.count() - 1);
        long end = Math.min(sizes.at(cluster + found.count()), map.disk());
        return new Run.Data(start, end - start, volume.storage(), sizes.at(found.first()));
    }

    private boolean wholeCluster(long offset, long end) {
        return (offset & sizes.size() - 1) == 0 && ((end & sizes.size() - 1) == 0 || end == map.disk());
    }

    private boolean units(long offset, long end) {
        return (offset & sizes.unit() - 1) == 0 && ((end & sizes.unit() - 1) == 0 || end == map.disk());
    }

    /** True if the cluster is none yet, or one of its own that has nothing in this part. */
    private boolean free(long cluster, long offset, long end) throws IOException {
        long entry = map.entry(cluster);
        boolean none = Entry.position(entry) == 0 && !Entry.compressed(entry);
        return none
                || Entry.copied(entry)
                        && !map.absent(cluster)
                        && (map.second(cluster) & bits(offset, end)) == 0
                        && Entry.copied(map.l1(sizes.table(cluster)));
    }

    /** The marks of allocated subclusters in a part of a cluster. */
    private long bits(long offset, long end) {
        int from = (int) (offset & sizes.size() - 1) / sizes.unit();
        int to = (int) ((end - 1) & sizes.size() - 1) / sizes.unit() + 1;
        return (1L << to) - (1L << from);
    }

    /** Where the cluster is, or will be. */
    private long place(long cluster) throws IOException {
        long there = Entry.position(map.entry(cluster));
        int promised = volume.space().promised(cluster);
        return there != 0
                ? there
                : sizes.at(promised >= 0 ? promised : volume.reserve(cluster, 1).first());
    }

    /** What the last cluster stores behind the end of the disk must be zeroes when the disk grows. */
    private void clearTail(long cluster, long place) throws IOException {
        long visible = map.disk() - sizes.at(cluster);
        if (visible < sizes.size()) {
            volume.storage().zero(sizes.at(place) + visible, sizes.size() - visible);
        }
    }

    /** Makes what was reserved visible. */
    void show(Run.Data run) throws IOException {
        long from = sizes.of(run.offset());
        long to = sizes.up(run.end());
        if (!wholeCluster(run.offset(), run.end())) {
            showPart(from, run);
            return;
        }
        long all = sizes.extended() ? Entry.ALL_ALLOCATED : 0;
        for (long cluster = from; cluster < to; cluster++) {
            if (volume.external()) {
                volume.replace(cluster, sizes.at(cluster) | Entry.COPIED, all);
            } else {
                volume.show(cluster, sizes.of(run.position()) + cluster - from, all);
            }
        }
    }

    private void showPart(long cluster, Run.Data run) throws IOException {
        if (!sizes.extended() || !units(run.offset(), run.end()) || sizes.up(run.end()) != cluster + 1) {
            throw new IllegalArgumentException(run + " is neither whole clusters nor subclusters of one");
        }
        long bits = bits(run.offset(), run.end());
        long marks = map.second(cluster) & ~(bits << Clusters.SUBCLUSTERS) | bits;
        long place = sizes.of(run.position());
        if (Entry.position(map.entry(cluster)) == sizes.at(place)) {
            volume.mark(cluster, marks);
        } else {
            volume.show(cluster, place, marks);
        }
    }
}
