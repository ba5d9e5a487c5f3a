// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.util.concurrent.atomic.AtomicInteger;
import org.platter.disk.AccessListener;

/** Fails on a start within another of the same thread, and on a finish without a start. For synchronous calls. */
final class StrictListener implements AccessListener {
    private final ThreadLocal<Boolean> nested = ThreadLocal.withInitial(() -> false);
    private final AtomicInteger readers = new AtomicInteger();
    private final AtomicInteger writers = new AtomicInteger();
    private final AtomicInteger calls = new AtomicInteger();

    int inside() {
        return readers.get() + writers.get();
    }

    int calls() {
        return calls.get();
    }

    private void start(AtomicInteger kind) {
        if (nested.get()) {
            throw new AssertionError("nested access");
        }
        nested.set(true);
        kind.incrementAndGet();
        calls.incrementAndGet();
    }

    private void finish(AtomicInteger kind) {
        nested.set(false);
        if (kind.decrementAndGet() < 0) {
            throw new AssertionError("finish without start");
        }
    }

    @Override
    public void startRead() {
        start(readers);
    }

    @Override
    public void finishRead() {
        finish(readers);
    }

    @Override
    public void startWrite() {
        start(writers);
    }

    @Override
    public void finishWrite() {
        finish(writers);
    }
}
