// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.stream;

import java.util.LinkedHashMap;
import java.util.Map;

/** Decompressed clusters, the latest used, in bounded memory. Safe for use by many threads. */
final class ClusterCache {
    private static final long MOST_BYTES = 32L << 20;

    private final int most;
    private final Map<Long, byte[]> clusters = new LinkedHashMap<>(16, 0.75f, true); // guarded by this

    ClusterCache(int cluster) {
        most = (int) Math.max(1, MOST_BYTES / cluster);
    }

    /** The bytes of a stream described by this entry, or null. */
    synchronized byte[] get(long entry) {
        return clusters.get(entry);
    }

    synchronized void put(long entry, byte[] bytes) {
        clusters.put(entry, bytes);
        if (clusters.size() > most) {
            clusters.remove(clusters.keySet().iterator().next());
        }
    }

    synchronized void remove(long entry) {
        clusters.remove(entry);
    }

    synchronized void clear() {
        clusters.clear();
    }
}
