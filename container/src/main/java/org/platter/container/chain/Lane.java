// SPDX-License-Identifier: Apache-2.0
package org.platter.container.chain;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;

/**
 * A disk's share of the threads that blocking requests run on: so many at once, the rest in order. Disks do not wait for
 * each other: the threads behind are as many as all lanes ask for.
 *
 * <p>Why not one pool of so many threads for all: a storage that hangs keeps its threads, and sixteen requests to it would
 * stop every other disk. Rule of waiting: work on a lane may wait for its disk, never for other work on the same lane,
 * which may be queued behind it.
 */
public final class Lane implements Executor {
    private final Executor threads;
    private final int width;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>(); // guarded by this
    private int running; // guarded by this

    /** At most {@code width} at once on {@code threads}, which take all they are given. */
    public Lane(Executor threads, int width) {
        this.threads = threads;
        this.width = width;
    }

    @Override
    public void execute(Runnable work) {
        synchronized (this) {
            if (running == width) {
                waiting.add(work);
                return;
            }
            running++;
        }
        start(work);
    }

    private void start(Runnable work) {
        try {
            threads.execute(() -> run(work));
        } catch (RuntimeException | Error e) {
            synchronized (this) {
                running--;
            }
            throw e;
        }
    }

    /** Goes on with what waits, so that a busy lane does not change threads. */
    private void run(Runnable first) {
        for (Runnable work = first; work != null; work = next()) {
            work.run();
        }
    }

    private synchronized Runnable next() {
        Runnable work = waiting.poll();
        if (work == null) {
            running--;
        }
        return work;
    }
}
