// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.util.concurrent.atomic.AtomicInteger;
import org.platter.disk.AccessListener;

/** Counts accesses, whatever thread they start and finish on. */
final class CountingListener implements AccessListener {
    private final AtomicInteger reads = new AtomicInteger();
    private final AtomicInteger writes = new AtomicInteger();
    private final AtomicInteger inside = new AtomicInteger();

    int inside() {
        return inside.get();
    }

    int reads() {
        return reads.get();
    }

    int writes() {
        return writes.get();
    }

    @Override
    public void startRead() {
        reads.incrementAndGet();
        inside.incrementAndGet();
    }

    @Override
    public void finishRead() {
        inside.decrementAndGet();
    }

    @Override
    public void startWrite() {
        writes.incrementAndGet();
        inside.incrementAndGet();
    }

    @Override
    public void finishWrite() {
        inside.decrementAndGet();
    }
}
