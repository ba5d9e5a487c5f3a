// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.net;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory the requests of all connections may hold. Each connection has a small share of its own, so that it
 * always gets on; the rest is common, and one connection may have at most as much of it as is left for others. So those
 * that hold much and never read their replies leave room, whatever their number.
 *
 * <p>Memory is asked for and returned on any thread; tasks of those who wait run on the loop's.
 */
public final class Budget {
    private final EventLoop loop;
    private final int own;
    private final long common;
    private final long most;
    private final AtomicLong used = new AtomicLong();
    private final Queue<Waiter> waiting = new ConcurrentLinkedQueue<>();
    private volatile boolean crowded;

    /** So many bytes of each connection's own, and in common; one connection gets at most {@code most} in all. */
    public Budget(EventLoop loop, int own, long common, long most) {
        this.loop = loop;
        this.own = own;
        this.common = common;
        this.most = most;
    }

    /** Every connection may hold this much, bytes. */
    public int own() {
        return own;
    }

    /** The account of a new connection. */
    public Account account() {
        return new Account();
    }

    private void retry() {
        crowded = false;
        for (int i = waiting.size(); i > 0; i--) {
            Waiter waiter = waiting.poll();
            if (waiter != null && !waiter.account.possible(waiter.bytes)) {
                waiting.add(waiter);
                crowded = true;
            } else if (waiter != null) {
                waiter.task.run();
            }
        }
        // what was given back before the flag was up again woke nobody
        if (crowded && waiting.stream().anyMatch(waiter -> waiter.account.possible(waiter.bytes))) {
            loop.execute(this::retry);
        }
    }

    /** The account of one connection. */
    public final class Account {
        private final AtomicLong held = new AtomicLong();

        /** Takes so many bytes, if they are there. */
        public boolean take(int bytes) {
            if (!possible(bytes)) {
                return false;
            }
            long after = held.addAndGet(bytes);
            long more = commonPart(after) - commonPart(after - bytes);
            if (used.addAndGet(more) > common && more > 0) {
                // somebody else was quicker
                give(bytes);
                return false;
            }
            return true;
        }

        /** The same, but if they are not there the task runs on the loop's thread once they may be. */
        public boolean take(int bytes, Runnable otherwise) {
            if (take(bytes)) {
                return true;
            }
            Waiter waiter = new Waiter(this, bytes, otherwise);
            waiting.add(waiter);
            crowded = true;
            // what was given back before the line above woke nobody
            if (take(bytes)) {
                waiting.remove(waiter);
                return true;
            }
            return false;
        }

        /** Returns so many bytes. */
        public void give(int bytes) {
            long after = held.addAndGet(-bytes);
            used.addAndGet(commonPart(after) - commonPart(after + bytes));
            if (crowded) {
                loop.execute(Budget.this::retry);
            }
        }

        /** Bytes that are taken now. */
        public long held() {
            return held.get();
        }

        private boolean possible(int bytes) {
            long after = held.get() + bytes;
            return after <= own || after <= most && commonPart(after) <= common - used.get();
        }

        private long commonPart(long bytes) {
            return Math.max(0, bytes - own);
        }
    }

    private record Waiter(Account account, int bytes, Runnable task) {}
}
