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
        Space.Extent found = volume.reserve(cluster, (int) wanted);
        clearTail(cluster + found.count() - 1, found.first() + found.count() - 1);
        long end = Math.min(sizes.at(cluster + found.count()), map.disk());
        return new Run.Data(start, end - start, volume.storage(), sizes.at(found.first()));
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
        boolean whole = sizes.at(from) == run.offset() && (run.end() == map.disk() || sizes.at(to) == run.end());
        if (!whole) {
            throw new IllegalArgumentException(run + " is not whole clusters of " + sizes.size());
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
}
