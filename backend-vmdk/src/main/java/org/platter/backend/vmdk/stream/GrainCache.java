// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.stream;

import java.util.LinkedHashMap;
import java.util.Map;

/** Decompressed grains, the latest used, in bounded memory. Safe for use by many threads. */
final class GrainCache {
    private static final long MOST_BYTES = 32L << 20;

    private final int most;
    private final Map<Long, byte[]> grains = new LinkedHashMap<>(16, 0.75f, true); // guarded by this

    GrainCache(int grain) {
        most = (int) Math.max(1, MOST_BYTES / grain);
    }

    /** The bytes of a grain, or null. */
    synchronized byte[] get(long grain) {
        return grains.get(grain);
    }

    synchronized void put(long grain, byte[] bytes) {
        grains.put(grain, bytes);
        if (grains.size() > most) {
            grains.remove(grains.keySet().iterator().next());
        }
    }

    synchronized void clear() {
        grains.clear();
    }
}
