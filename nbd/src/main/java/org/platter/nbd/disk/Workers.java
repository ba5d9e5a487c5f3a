// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.disk;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads for calls that wait. They belong to one export, so that a disk whose format is being exchanged keeps no other
 * disk waiting; they come with the work and go when there is none.
 */
public final class Workers implements Executor {
    private static final int IDLE_SECONDS = 20;

    private final ThreadPoolExecutor pool;

    /** At most so many threads. */
    public Workers(String name, int threads) {
        AtomicInteger number = new AtomicInteger();
        pool = new ThreadPoolExecutor(
                threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
    }

    @Override
    public void execute(Runnable task) {
        pool.execute(task);
    }

    /** Lets the threads end with their work. */
    public void end() {
        pool.shutdown();
    }
}
