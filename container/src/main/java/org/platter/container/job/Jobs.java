// SPDX-License-Identifier: Apache-2.0
package org.platter.container.job;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.platter.container.chain.Failures;
import org.platter.disk.Job;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** All jobs of the platform and the threads they run on. Safe for use by many threads. */
public final class Jobs implements AutoCloseable {
    private static final int ENDED_KEPT = 16;

    private final AtomicLong ids = new AtomicLong();
    private final AtomicLong threads = new AtomicLong();
    private final ExecutorService executor = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "platter-job-" + threads.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    });
    private final List<RunningJob<?>> jobs = new ArrayList<>(); // guarded by itself

    /** What a job does. */
    public interface Work<T> {
        T run(Steps steps) throws IOException;
    }

    /** Starts a job. */
    public <T> Job<T> start(String name, Work<T> work) {
        RunningJob<T> job = new RunningJob<>(ids.incrementAndGet(), name);
        synchronized (jobs) {
            jobs.add(job);
        }
        executor.execute(() -> run(job, work));
        return job;
    }

    /** A job that has failed before it began. */
    public <T> Job<T> failed(String name, DiskException failure) {
        RunningJob<T> job = new RunningJob<>(ids.incrementAndGet(), name);
        job.end(failure);
        return job;
    }

    private <T> void run(RunningJob<T> job, Work<T> work) {
        try {
            job.end(work.run(job));
        } catch (IOException e) {
            job.end(Failures.at(job.name(), e));
        } catch (RuntimeException | Error e) {
            job.end(new DiskException(ErrorCode.IO, job.name() + ": " + e, e));
        } finally {
            forgetOld();
        }
    }

    private void forgetOld() {
        synchronized (jobs) {
            List<RunningJob<?>> ended = jobs.stream().filter(RunningJob::ended).toList();
            jobs.removeAll(ended.subList(0, Math.max(0, ended.size() - ENDED_KEPT)));
        }
    }

    /** All jobs that run and the last that have ended. */
    public List<Job<?>> all() {
        synchronized (jobs) {
            return List.copyOf(jobs);
        }
    }

    /**
     * Does the same work on as many threads as there are processors, at most {@code most}, the caller's included, until
     * each has come to its end; the first failure is thrown.
     */
    void inParallel(int most, Work<Void> work, Steps steps, Runnable onFailure) throws IOException {
        int helpers = Math.min(most, Math.max(2, Runtime.getRuntime().availableProcessors())) - 1;
        AtomicReference<IOException> first = new AtomicReference<>(); // those after it only tell that they were stopped
        Runnable attempt = () -> {
            try {
                work.run(steps);
            } catch (IOException | RuntimeException e) {
                first.compareAndSet(null, e instanceof IOException known ? known : new IOException(e.toString(), e));
                onFailure.run();
            }
        };
        List<CompletableFuture<Void>> running = new ArrayList<>();
        for (int i = 0; i < helpers; i++) {
            running.add(CompletableFuture.runAsync(attempt, executor));
        }
        attempt.run();
        running.forEach(CompletableFuture::join);
        if (first.get() != null) {
            throw first.get();
        }
    }

    /** Cancels all jobs and waits until they have cleaned up. */
    @Override
    public void close() {
        List<Job<?>> running = all();
        running.forEach(Job::cancel);
        for (Job<?> job : running) {
            job.done()
                    .toCompletableFuture()
                    .handle((result, failure) -> failure)
                    .join();
        }
        executor.shutdown();
    }
}
