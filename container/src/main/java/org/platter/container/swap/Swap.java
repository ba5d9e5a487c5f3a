// SPDX-License-Identifier: Apache-2.0
package org.platter.container.swap;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.platter.container.chain.Chain;
import org.platter.container.format.FormatProvider;
import org.platter.container.image.ChainLayer;
import org.platter.disk.Layer;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * Replaces the backend under the open images of one disk. A format that leaves takes its images along: requests under way
 * end, the images are flushed and let go, their storages stay open. A format that arrives opens them again. Between the
 * two requests wait at the gate, until the disk's timeout.
 *
 * <p>An image whose last flush has failed is not given to a newcomer, which would show what is stored as if nothing were
 * missing: it is lost, and requests fail, until somebody closes it and opens it again.
 */
public final class Swap {
    private final Chain chain;
    private final Watcher watcher;
    private final List<ChainLayer> returned = new ArrayList<>(); // guarded by structure: since the gate closed
    private long closedAt; // guarded by structure: System.nanoTime
    private volatile long suspendedAt; // System.nanoTime
    private volatile boolean ending; // changes with the structure held: what has left does not come back
    private volatile FormatProvider leaving; // null but while its requests come to an end

    /** Told of every change of a layer's state; returns at once. */
    public interface Watcher {
        /** A layer's state has changed. */
        void changed(Change change);
    }

    /**
     * What has become of a layer.
     *
     * @param reason why, for people; may be empty
     * @param pause how long requests had to wait, if the state is {@code OPEN}; else zero
     */
    public record Change(ChainLayer layer, Layer.State state, String reason, Duration pause) {
        @Override
        public String toString() {
            String waited = pause.isZero() ? "" : ", requests waited " + pause.toNanos() / 1_000 + " µs";
            return layer.shown() + " is " + state + (reason.isEmpty() ? "" : ": " + reason) + waited;
        }
    }

    /** For one chain. */
    public Swap(Chain chain, Watcher watcher) {
        this.chain = chain;
        this.watcher = watcher;
        chain.onLoss(layer -> tell(layer, Layer.State.FAILED, layer.reason()));
    }

    /** The chain whose formats are swapped. */
    public Chain chain() {
        return chain;
    }

    /** Whether a layer serves. */
    public Layer.State state(ChainLayer layer) {
        if (layer.lost().isPresent()) {
            return Layer.State.FAILED;
        }
        if (layer.attached()) {
            return layer.format().equals(leaving) ? Layer.State.DRAINING : Layer.State.OPEN;
        }
        if (!chain.suspended()) {
            return Layer.State.OPEN;
        }
        boolean late = ending
                || System.nanoTime() - suspendedAt
                        > chain.options().swapTimeout().toNanos();
        return late ? Layer.State.FAILED : Layer.State.SUSPENDED;
    }

    /**
     * The format leaves; returns when nothing of it is used any longer.
     *
     * @param forGood nobody will take its place: requests that come later fail at once, instead of keeping whoever stops the
     *     platform waiting for them
     */
    public void leave(FormatProvider format, boolean forGood) {
        chain.structure().lock();
        try {
            List<ChainLayer> served = served(format);
            if (served.isEmpty()) {
                return;
            }
            leaving = format;
            ending = forGood;
            served.forEach(layer -> tell(layer, Layer.State.DRAINING, "its format leaves"));
            served.forEach(Swap::flushAhead);
            noteClosing();
            chain.gate().close();
            served.forEach(this::detach);
            reattach();
        } finally {
            leaving = null;
            chain.structure().unlock();
        }
    }

    /** Writes most of what is left to write while requests still run, so that they need not wait for that. */
    private static void flushAhead(ChainLayer layer) {
        try {
            if (!layer.readOnly()) {
                layer.flush();
            }
        } catch (DiskException e) {
            // the image is lost now: that is remembered, and told to everybody
        }
    }

    private void noteClosing() {
        if (!chain.suspended()) {
            closedAt = System.nanoTime();
        }
    }

    private void tell(ChainLayer layer, Layer.State state, String reason) {
        watcher.changed(new Change(layer, state, reason, Duration.ZERO));
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
        if (!chain.suspended()) {
            return; // who is leaving at the moment finds it by itself
        }
        chain.structure().lock();
        try {
            if (chain.suspended()) {
                reattach();
            }
        } finally {
            chain.structure().unlock();
        }
    }

    /** The images that a provider serves in this chain. */
    public List<ChainLayer> served(FormatProvider format) {
        return chain.layers().stream()
                .filter(layer -> layer.format().equals(format) && layer.attached())
                .toList();
    }

    /**
     * Hands one image over after the newcomer has shown that it sees the same disk; on failure it stays where it was.
     * Requests that do not end within half of the disk's timeout are a failure: the image stays, and other disks with it.
     *
     * @return how long requests had to wait
     */
    public Duration handOver(ChainLayer layer, FormatProvider to, ShadowCheck check) throws DiskException {
        chain.structure().lock();
        try {
            FormatProvider from = layer.format();
            if (!layer.attached()) {
                return Duration.ZERO;
            }
            check.compare(layer);
            noteClosing();
            requireClosed(layer);
            try {
                layer.detach();
                handOver(layer, from, to, check);
                returned.add(layer);
            } finally {
                reattach();
            }
            return Duration.ofNanos(System.nanoTime() - closedAt);
        } finally {
            chain.structure().unlock();
        }
    }

    /** Half of the time, so that the other half is left for the hand-over before requests fail. */
    private void requireClosed(ChainLayer layer) throws DiskException {
        Duration limit = chain.options().swapTimeout().dividedBy(2);
        if (!chain.gate().tryClose(limit)) {
            throw new DiskException(
                    ErrorCode.TIMEOUT,
                    layer.shown() + " has requests that did not end within " + limit.toMillis() + " ms");
        }
    }

    private static void handOver(ChainLayer layer, FormatProvider from, FormatProvider to, ShadowCheck check)
            throws DiskException {
        try {
            layer.attach(
                    to,
                    context -> check.bounded(layer.shown(), () -> to.backend().open(context)));
        } catch (DiskException e) {
            layer.attach(from);
            throw e;
        }
    }

    /** Opens what can be opened; the gate opens if that is everything, else requests wait on. */
    private void reattach() {
        for (ChainLayer layer : chain.layers()) {
            if (waits(layer)) {
                reattach(layer);
            }
        }
        List<ChainLayer> waiting = chain.layers().stream().filter(Swap::waits).toList();
        if (waiting.isEmpty()) {
            ending = false;
            chain.suspended(false);
            chain.gate().open();
            tellReturned();
            return;
        }
        if (!chain.suspended()) {
            chain.suspended(true);
            suspendedAt = System.nanoTime();
        }
        wait(waiting);
    }

    /** Lost images wait for nobody: only a person can give up what they have lost. */
    private static boolean waits(ChainLayer layer) {
        return !layer.attached() && layer.lost().isEmpty();
    }

    private void tellReturned() {
        Duration pause = Duration.ofNanos(System.nanoTime() - closedAt);
        for (ChainLayer layer : returned) {
            String by = "served by " + layer.format().bundle() + " "
                    + layer.format().version();
            watcher.changed(new Change(layer, Layer.State.OPEN, by, pause));
        }
        returned.clear();
    }

    private void reattach(ChainLayer layer) {
        Optional<FormatProvider> successor = chain.formats().find(layer.format().name());
        if (successor.isEmpty()) {
            return;
        }
        try {
            layer.attach(successor.get());
            returned.add(layer);
        } catch (DiskException | RuntimeException e) {
            layer.suspend(e.getMessage());
        }
    }

    /** Tells who waits and why, and sets the moment from which on requests fail. */
    private void wait(List<ChainLayer> waiting) {
        long timeout = ending ? 0 : chain.options().swapTimeout().toNanos();
        StringBuilder why = new StringBuilder();
        for (ChainLayer layer : waiting) {
            why.append(why.isEmpty() ? "" : "; ")
                    .append(layer.shown())
                    .append(": ")
                    .append(layer.reason());
            tell(layer, Layer.State.SUSPENDED, layer.reason());
        }
        chain.gate().failAfter(suspendedAt + timeout, new DiskException(ErrorCode.BACKEND_GONE, why.toString()));
        long left = Math.max(0, suspendedAt + timeout - System.nanoTime());
        CompletableFuture.delayedExecutor(left + 1_000_000, TimeUnit.NANOSECONDS)
                .execute(this::expire);
    }

    /** The time is over: those that wait without a thread are failed here, the others see it by themselves. */
    private void expire() {
        chain.gate().expire();
        for (ChainLayer layer : chain.layers()) {
            if (state(layer) == Layer.State.FAILED) {
                tell(layer, Layer.State.FAILED, layer.reason());
            }
        }
    }
}
