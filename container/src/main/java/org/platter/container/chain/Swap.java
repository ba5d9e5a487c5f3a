// SPDX-License-Identifier: Apache-2.0
package org.platter.container.chain;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.platter.disk.Layer;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * Replaces the backend under the open images of one disk. A format that leaves takes its images along: requests under way
 * end, the images are flushed and let go, their storages stay open. A format that arrives opens them again. Between the
 * two requests wait at the gate, until the disk's timeout.
 */
public final class Swap {
    private final Chain chain;
    private final Watcher watcher;
    private volatile long suspendedAt; // System.nanoTime
    private volatile boolean suspended;

    /** Told of every change of a layer's state, with the structure held; returns at once. */
    public interface Watcher {
        /** A layer's state has changed. */
        void changed(ChainLayer layer, Layer.State state, String reason);
    }

    Swap(Chain chain, Watcher watcher) {
        this.chain = chain;
        this.watcher = watcher;
    }

    /** True while some image has no backend. */
    boolean suspended() {
        return suspended;
    }

    void clear() {
        suspended = false;
    }

    /** Whether a layer serves. */
    public Layer.State state(ChainLayer layer) {
        if (!suspended || layer.image() != null) {
            return Layer.State.OPEN;
        }
        boolean late =
                System.nanoTime() - suspendedAt > chain.options().swapTimeout().toNanos();
        return late ? Layer.State.FAILED : Layer.State.SUSPENDED;
    }

    /** The format leaves; returns when nothing of it is used any longer. */
    public void leave(Format format) {
        chain.structure.lock();
        try {
            List<ChainLayer> served = served(format);
            if (served.isEmpty()) {
                return;
            }
            served.forEach(layer -> watcher.changed(layer, Layer.State.DRAINING, "its format leaves"));
            chain.gate().close();
            served.forEach(this::detach);
            reattach();
        } finally {
            chain.structure.unlock();
        }
    }

    private void detach(ChainLayer layer) {
        String why = "no bundle serves the format " + layer.format().name();
        try {
            layer.detach();
        } catch (DiskException | RuntimeException e) {
            why = "closing failed: " + e.getMessage();
        }
        layer.suspend(why);
        layer.forget();
    }

    /** A format has arrived, or its preferred provider has changed. */
    public void arrive() {
        chain.structure.lock();
        try {
            if (suspended) {
                reattach();
            }
        } finally {
            chain.structure.unlock();
        }
    }

    /** The images that a provider serves in this chain. */
    public List<ChainLayer> served(Format format) {
        return chain.layers().stream()
                .filter(layer -> layer.format().equals(format) && layer.image() != null)
                .toList();
    }

    /**
     * Hands one image over after the newcomer has shown that it sees the same disk; on failure it stays where it was.
     *
     * @return nanoseconds that requests had to wait
     */
    public long handOver(ChainLayer layer, Format to, Canary canary) throws DiskException {
        chain.structure.lock();
        try {
            Format from = layer.format();
            if (layer.image() == null) {
                return 0;
            }
            if (!layer.readOnly()) {
                layer.flush(); // most of it before the gate closes
            }
            chain.gate().close();
            long start = System.nanoTime();
            try {
                if (!layer.readOnly()) {
                    layer.flush();
                }
                canary.compare(layer);
                layer.detach();
                handOver(layer, from, to, canary);
                watcher.changed(layer, Layer.State.OPEN, "served by " + to.bundle() + " " + to.version());
            } finally {
                reattach();
            }
            return System.nanoTime() - start;
        } finally {
            chain.structure.unlock();
        }
    }

    private static void handOver(ChainLayer layer, Format from, Format to, Canary canary) throws DiskException {
        try {
            layer.attach(
                    to,
                    context -> canary.bounded(layer.shown(), () -> to.backend().open(context)));
        } catch (DiskException e) {
            layer.attach(from);
            throw e;
        }
    }

    private void reattach() {
        for (ChainLayer layer : chain.layers()) {
            if (layer.image() == null) {
                reattach(layer);
            }
        }
        List<ChainLayer> waiting =
                chain.layers().stream().filter(layer -> layer.image() == null).toList();
        if (waiting.isEmpty()) {
            suspended = false;
            chain.gate().open();
            return;
        }
        if (!suspended) {
            suspended = true;
            suspendedAt = System.nanoTime();
        }
        wait(waiting);
    }

    private void reattach(ChainLayer layer) {
        Optional<Format> successor = chain.formats().find(layer.format().name());
        if (successor.isEmpty()) {
            return;
        }
        try {
            layer.attach(successor.get());
            watcher.changed(layer, Layer.State.OPEN, "");
        } catch (DiskException | RuntimeException e) {
            layer.suspend(e.getMessage());
        }
    }

    private void wait(List<ChainLayer> waiting) {
        long timeout = chain.options().swapTimeout().toNanos();
        StringBuilder why = new StringBuilder();
        for (ChainLayer layer : waiting) {
            why.append(why.isEmpty() ? "" : "; ")
                    .append(layer.shown())
                    .append(": ")
                    .append(layer.reason());
            watcher.changed(layer, Layer.State.SUSPENDED, layer.reason());
        }
        chain.gate().failAfter(suspendedAt + timeout, new DiskException(ErrorCode.BACKEND_GONE, why.toString()));
        long left = Math.max(0, suspendedAt + timeout - System.nanoTime());
        CompletableFuture.delayedExecutor(left + 1_000_000, TimeUnit.NANOSECONDS)
                .execute(this::expire);
    }

    private void expire() {
        chain.gate().expire();
        for (ChainLayer layer : chain.layers()) {
            if (state(layer) == Layer.State.FAILED) {
                watcher.changed(layer, Layer.State.FAILED, layer.reason());
            }
        }
    }
}
