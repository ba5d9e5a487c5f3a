// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.check;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** A number for each cluster of a file. Memory is a byte for each cluster that has one, in pages. For one thread. */
final class Counters {
    private static final int PAGE = 1 << 16;
    private static final int LARGE = 255;

    private byte[][] pages;
    private final Map<Integer, Integer> large = new HashMap<>();

    /** Zeroes for so many clusters. */
    Counters(long clusters) {
        pages = new byte[(int) (clusters / PAGE + 1)][];
    }

    int get(int cluster) {
        byte[] page = cluster / PAGE < pages.length ? pages[cluster / PAGE] : null;
        int value = page == null ? 0 : page[cluster % PAGE] & 0xFF;
        return value < LARGE ? value : large.getOrDefault(cluster, LARGE);
    }

    /** The first cluster from this one on that may have another number than 0. */
    long next(long cluster) {
        long at = cluster;
        while (at / PAGE < pages.length && pages[(int) (at / PAGE)] == null) {
            at = (at / PAGE + 1) * PAGE;
        }
        return at;
    }

    void add(int cluster, int by) {
        int value = Math.max(0, get(cluster) + by);
        if (cluster / PAGE >= pages.length) {
            pages = Arrays.copyOf(pages, cluster / PAGE * 2 + 1); // the file has grown meanwhile
        }
        if (pages[cluster / PAGE] == null) {
            pages[cluster / PAGE] = new byte[PAGE];
        }
        pages[cluster / PAGE][cluster % PAGE] = (byte) Math.min(value, LARGE);
        if (value >= LARGE) {
            large.put(cluster, value);
        } else {
            large.remove(cluster);
        }
    }
}
