// SPDX-License-Identifier: Apache-2.0
package org.platter.container.chain;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.platter.error.DiskException;

/**
 * Where requests of one disk enter and leave. While it is closed nobody is inside and new requests wait, without a
 * thread if they are asynchronous. A closed gate with a deadline fails those that wait past it and those that come
 * later. Entering and leaving may happen on different threads.
 *
 * <p>One number tells both how many are inside and whether the gate is closed, so that entering costs one atomic addition
 * and no request takes a lock while the gate is open. Who finds the gate closed has been counted for a moment and leaves
 * again; whoever waits for the last one to leave must therefore look at the number itself, and not count departures.
 *
 * <p>Rules of waiting: who closes waits for those inside without being interruptible, because half a closed gate would
 * help nobody; {@link #tryClose} is for those who would rather give up than wait for a request that hangs. Nobody inside
 * closes the gate, or enters it again while somebody may be closing it: he would wait for himself.
 */
public final class Gate {
    private static final long CLOSED = Long.MIN_VALUE;

    /** Requests inside, plus {@link #CLOSED}. */
    private final AtomicLong state = new AtomicLong();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Waiter> waiters = new ArrayDeque<>(); // guarded by lock
    private long deadline = Long.MAX_VALUE; // guarded by lock: System.nanoTime, MAX_VALUE for none
    private DiskException late; // guarded by lock: why those past the deadline fail

    private record Waiter(Runnable enter, Consumer<DiskException> fail) {}

    /** Waits until the gate is open and goes in; each success is followed by one {@link #leave}. */
    public void enter() throws DiskException {
        while (!tryEnter()) {
            awaitOpen();
        }
    }

    /** Goes in if the gate is open. */
    public boolean tryEnter() {
        if (state.incrementAndGet() > 0) {
            return true;
        }
        leave();
        return false;
    }

    /** Goes in now or later and then runs {@code inside}, on this thread or the one that opens. */
    public void enterAsync(Runnable inside, Consumer<DiskException> fail) {
        if (tryEnter()) {
            inside.run();
            return;
        }
        DiskException failure;
        lock.lock();
        try {
            failure = expired() ? late : null;
            if (failure == null && state.get() < 0) {
                waiters.add(new Waiter(() -> enterAsync(inside, fail), fail));
                return;
            }
        } finally {
            lock.unlock();
        }
        if (failure != null) {
            fail.accept(failure);
        } else {
            enterAsync(inside, fail);
        }
    }

    /** Goes out. */
    public void leave() {
        if (state.decrementAndGet() == CLOSED) {
            lock.lock();
            try {
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Closes the gate and waits until nobody is inside. Not interruptible: what is inside must end. */
    public void close() {
        lock.lock();
        try {
            state.accumulateAndGet(CLOSED, (now, closed) -> now | closed);
            while (state.get() != CLOSED) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Closes the gate and waits until nobody is inside; opens it again and gives false if that takes longer. */
    public boolean tryClose(Duration limit) {
        long last = System.nanoTime() + limit.toNanos();
        lock.lock();
        try {
            state.accumulateAndGet(CLOSED, (now, closed) -> now | closed);
            boolean empty = state.get() == CLOSED; // looked at once each time: who tries to enter counts for a moment
            boolean interrupted = false;
            while (!empty && last - System.nanoTime() > 0) {
                try {
                    changed.awaitNanos(last - System.nanoTime());
                } catch (InterruptedException e) {
                    interrupted = true;
                }
                empty = state.get() == CLOSED;
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            if (empty) {
                return true;
            }
        } finally {
            lock.unlock();
        }
        open();
        return false;
    }

    /** True while somebody waits for those inside to leave, or the gate is closed. */
    public boolean closing() {
        return state.get() < 0;
    }

    /** Opens the gate; those that wait go in. */
    public void open() {
        List<Waiter> released;
        lock.lock();
        try {
            deadline = Long.MAX_VALUE;
            late = null;
            state.accumulateAndGet(CLOSED, (now, closed) -> now & ~closed);
            released = new ArrayList<>(waiters);
            waiters.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        released.forEach(waiter -> waiter.enter().run());
    }

    /** Sets when, in {@link System#nanoTime}, and why those that wait at the closed gate fail. */
    public void failAfter(long nanoTime, DiskException why) {
        lock.lock();
        try {
            deadline = nanoTime;
            late = why;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Fails the asynchronous waiters if the deadline has passed. */
    public void expire() {
        List<Waiter> failed;
        DiskException why;
        lock.lock();
        try {
            if (!expired()) {
                return;
            }
            why = late;
            failed = new ArrayList<>(waiters);
            waiters.clear();
        } finally {
            lock.unlock();
        }
        failed.forEach(waiter -> waiter.fail().accept(why));
    }

    private void awaitOpen() throws DiskException {
        lock.lock();
        try {
            while (state.get() < 0) {
                if (expired()) {
                    throw late;
                }
                waitForChange();
            }
        } finally {
            lock.unlock();
        }
    }

    private void waitForChange() {
        if (deadline == Long.MAX_VALUE) {
            changed.awaitUninterruptibly();
            return;
        }
        boolean interrupted = Thread.interrupted();
        try {
            changed.await(deadline - System.nanoTime() + 1, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean expired() {
        return deadline != Long.MAX_VALUE && System.nanoTime() - deadline >= 0;
    }
}
