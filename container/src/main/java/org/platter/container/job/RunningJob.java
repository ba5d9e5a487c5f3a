// SPDX-License-Identifier: Apache-2.0
package org.platter.container.job;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.platter.disk.Job;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * A job: its control and its progress.
 *
 * <p>Rule of waiting: a job that is paused, or held by its rate, waits in the calls of Steps and nowhere else, and
 * those are made outside every gate. From commit on it can neither be paused nor cancelled, because half of what
 * follows would be worse than either end.
 */
final class RunningJob<T> implements Job<T>, Steps {
    private static final long WINDOW = TimeUnit.SECONDS.toNanos(2);

    private final long id;
    private final String name;
    private final CompletableFuture<T> done = new CompletableFuture<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private long total; // all guarded by lock
    private long dealt;
    private long limit;
    private long limitFrom;
    private long limitDealt;
    private long windowFrom = System.nanoTime();
    private long windowDealt;
    private long speed;
    private boolean paused;
    private boolean cancelled;
    private boolean committed;

    RunningJob(long id, String name) {
        this.id = id;
        this.name = name;
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Progress progress() {
        lock.lock();
        try {
            long rate = rateNow(System.nanoTime());
            boolean ended = done.isDone() && !done.isCompletedExceptionally();
            long shown = ended ? total : Math.min(dealt, total);
            return new Progress(shown, total, rate, rate == 0 ? -1 : (total - shown) / rate);
        } finally {
            lock.unlock();
        }
    }

    private long rateNow(long now) {
        long elapsed = now - windowFrom;
        if (elapsed > WINDOW || speed == 0 && elapsed > WINDOW / 20) {
            speed = (long) ((dealt - windowDealt) * 1e9 / elapsed);
        }
        if (elapsed > WINDOW) {
            windowFrom = now;
            windowDealt = dealt;
        }
        return speed;
    }

    @Override
    public State state() {
        lock.lock();
        try {
            if (!done.isDone()) {
                return paused ? State.PAUSED : State.RUNNING;
            }
            if (!done.isCompletedExceptionally()) {
                return State.DONE;
            }
            return failure().code() == ErrorCode.CANCELLED ? State.CANCELLED : State.FAILED;
        } finally {
            lock.unlock();
        }
    }

    private DiskException failure() {
        return (DiskException) done.handle((result, failure) -> failure).join();
    }

    @Override
    public void cancel() {
        lock.lock();
        try {
            cancelled = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void pause() {
        lock.lock();
        try {
            paused = true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void resume() {
        lock.lock();
        try {
            paused = false;
            limitFrom = 0;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void rate(long bytesPerSecond) {
        if (bytesPerSecond < 0) {
            throw new IllegalArgumentException("negative rate " + bytesPerSecond);
        }
        lock.lock();
        try {
            limit = bytesPerSecond;
            limitFrom = 0;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public T join() throws DiskException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return done.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                    cancel();
                } catch (ExecutionException e) {
                    throw (DiskException) e.getCause();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public CompletionStage<T> done() {
        return done.copy();
    }

    void end(T result) {
        done.complete(result);
    }

    void end(DiskException failure) {
        done.completeExceptionally(failure);
    }

    boolean ended() {
        return done.isDone();
    }

    // --- Steps ---

    @Override
    public void total(long bytes) {
        lock.lock();
        try {
            total = bytes;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void advance(long bytes) throws DiskException {
        lock.lock();
        try {
            dealt += bytes;
            rateNow(System.nanoTime());
            hold();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void check() throws DiskException {
        lock.lock();
        try {
            hold();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean waits() {
        lock.lock();
        try {
            return paused && !committed && !cancelled;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void commit() throws DiskException {
        lock.lock();
        try {
            hold();
            committed = true;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for as long as pause and rate ask for. */
    private void hold() throws DiskException {
        boolean interrupted = false;
        while (!cancelled || committed) {
            long wait = paused && !committed ? Long.MAX_VALUE : due();
            if (wait <= 0) {
                break;
            }
            try {
                changed.awaitNanos(wait);
            } catch (InterruptedException e) {
                interrupted = true;
                cancelled = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (cancelled && !committed) {
            throw new DiskException(ErrorCode.CANCELLED, name + " was cancelled");
        }
    }

    /** Nanoseconds until the rate allows to go on. */
    private long due() {
        if (limit == 0 || committed) {
            return 0;
        }
        long now = System.nanoTime();
        if (limitFrom == 0) {
            limitFrom = now;
            limitDealt = dealt;
        }
        return (long) ((dealt - limitDealt) * 1e9 / limit) - (now - limitFrom);
    }
}
