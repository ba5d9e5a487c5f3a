// SPDX-License-Identifier: Apache-2.0
package org.platter.container.install;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.platter.container.PlatterDiskManager;
import org.platter.container.format.FormatProvider;
import org.platter.container.swap.ShadowCheck;
import org.platter.error.DiskException;

/**
 * Open images go from the formats of one bundle to those of the same names of another, and back if that is wanted.
 *
 * <p>Both bundles are started meanwhile, so at every moment each image has one that serves it, and a failure half way is
 * undone by moving back those that have moved. Disks are taken one after the other; requests of one wait only for its own.
 */
final class HandOver {
    private static final Duration TRIAL = Duration.ofSeconds(10);

    private final PlatterDiskManager manager;
    private final List<FormatProvider> old;
    private final Newcomer newcomer;
    private final AtomicInteger images = new AtomicInteger();
    private Duration longest = Duration.ZERO;

    HandOver(PlatterDiskManager manager, List<FormatProvider> old, Newcomer newcomer) {
        this.manager = manager;
        this.old = List.copyOf(old);
        this.newcomer = newcomer;
    }

    Newcomer newcomer() {
        return newcomer;
    }

    int images() {
        return images.get();
    }

    /** The longest that requests of one disk had to wait. */
    Duration longest() {
        return longest;
    }

    /** Each image moves after the newcomer has shown that it sees the same disk. */
    void run() throws DiskException {
        for (FormatProvider from : old) {
            move(from, fresh(from));
        }
    }

    /** What has moved moves back; all formats are tried, the first failure is thrown. */
    void back() throws DiskException {
        DiskException first = null;
        for (FormatProvider to : old) {
            try {
                move(fresh(to), to);
            } catch (DiskException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    private FormatProvider fresh(FormatProvider format) {
        return newcomer.formats().stream()
                .filter(other -> other.named(format.name()))
                .findFirst()
                .orElseThrow();
    }

    private void move(FormatProvider from, FormatProvider to) throws DiskException {
        Duration pause = manager.handOver(from, to, new ShadowCheck(to, TRIAL), layer -> images.incrementAndGet());
        longest = pause.compareTo(longest) > 0 ? pause : longest;
    }
}
