// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.disk;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Lets many in together, or one alone, in the order of arrival, without holding a thread: whoever has to wait leaves a
 * task. The one alone rewrites whole sectors for the sake of some bytes; what others write meanwhile would be lost.
 */
final class WriteTurns {
    private final Queue<Waiter> waiting = new ArrayDeque<>(); // guarded by this
    private int inside; // guarded by this; -1: one alone

    /** Runs the task now or later, together with others; {@link #leave()} has to follow. */
    void together(Runnable task) {
        if (admit(new Waiter(task, false))) {
            task.run();
        }
    }

    /** Goes in now, together with others, if that is possible; then {@link #leave()} has to follow. */
    synchronized boolean tryTogether() {
        if (waiting.isEmpty() && inside >= 0) {
            inside++;
            return true;
        }
        return false;
    }

    /** Runs the task now or later, with nobody else inside; {@link #leave()} has to follow. */
    void alone(Runnable task) {
        if (admit(new Waiter(task, true))) {
            task.run();
        }
    }

    /** Ends what one task began. */
    void leave() {
        synchronized (this) {
            inside = inside < 0 ? 0 : inside - 1;
            if (waiting.isEmpty()) {
                return;
            }
        }
        Runnable next;
        while ((next = next()) != null) {
            next.run();
        }
    }

    private synchronized boolean admit(Waiter waiter) {
        if (waiting.isEmpty() && fits(waiter)) {
            return true;
        }
        waiting.add(waiter);
        return false;
    }

    private synchronized Runnable next() {
        return !waiting.isEmpty() && fits(waiting.peek()) ? waiting.remove().task : null;
    }

    private boolean fits(Waiter waiter) {
        if (waiter.alone ? inside != 0 : inside < 0) {
            return false;
        }
        inside = waiter.alone ? -1 : inside + 1;
        return true;
    }

    private record Waiter(Runnable task, boolean alone) {}
}
