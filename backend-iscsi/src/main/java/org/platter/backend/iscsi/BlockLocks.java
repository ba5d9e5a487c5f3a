// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * Locks on single blocks, for changes of parts of them. Nobody waits: whoever gets a lock later is called later. Safe for
 * use by many threads.
 */
final class BlockLocks {
    private static final class Held {
        private final ArrayDeque<Runnable> queue = new ArrayDeque<>();
        private boolean free;
        private boolean handingOn;
    }

    private final Map<Long, Held> held = new HashMap<>(); // guarded by this

    /** Runs {@code then} with the block locked, now or as soon as it is free. */
    void acquire(long block, Runnable then) {
        synchronized (this) {
            Held lock = held.get(block);
            if (lock != null) {
                lock.queue.add(then);
                return;
            }
            held.put(block, new Held());
        }
        then.run();
    }

    /** Hands the block on. A new owner that lets go at once is followed by the next in a loop, not on its stack. */
    void release(long block) {
        Held lock;
        synchronized (this) {
            lock = held.get(block);
            lock.free = true;
            if (lock.handingOn) {
                return;
            }
            lock.handingOn = true;
        }
        Runnable next;
        while ((next = next(block, lock)) != null) {
            next.run();
        }
    }

    private synchronized Runnable next(long block, Held lock) {
        if (!lock.free) {
            lock.handingOn = false;
            return null;
        }
        Runnable next = lock.queue.poll();
        if (next == null) {
            held.remove(block);
        }
        lock.free = next == null;
        return next;
    }
}
