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
import org.platter.container.chain.Claims;
import org.platter.container.format.Failures;
import org.platter.disk.Job;
import org.platter.error.DiskException;

/**
 * All jobs of the platform and the threads they run on. Safe for use by many threads.
 *
 * <p>A job ends exactly once, whatever its work throws; its claims are let go before its result is given, so that who
 * has waited for it may go on with its images at once. Parallel parts of a job end together: the first failure is
 * the one that is told, and it wakes those that wait for another part.
 */
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

    /** What a job needs of the images of one disk. */
    public record Needed(Claims claims, Claims.Needs needs) {}

    /** Starts a job; one that cannot have what it needs has failed before it began. */
    public <T> Job<T> start(String name, List<Needed> needed, Work<T> work) {
        RunningJob<T> job = new RunningJob<>(ids.incrementAndGet(), name);
        List<Claims.Claim> claims = new ArrayList<>();
        try {
            for (Needed needs : needed) {
                claims.add(needs.claims().forJob("job " + job.id() + ", " + name, needs.needs()));
            }
            synchronized (jobs) {
                jobs.add(job);
            }
            executor.execute(() -> run(job, claims, work));
        } catch (IOException | RuntimeException e) {
            claims.forEach(Claims.Claim::close);
            job.end(Failures.of(name, e));
        }
        return job;
    }

    /** The claims are let go first: who has waited for the job may go on with its images. */
    private <T> void run(RunningJob<T> job, List<Claims.Claim> claims, Work<T> work) {
        T result = null;
        DiskException failure = null;
        try {
            result = work.run(job);
        } catch (Throwable e) {
            failure = Failures.of(job.name(), e);
        }
        claims.forEach(Claims.Claim::close);
        if (failure == null) {
            job.end(result);
        } else {
            job.end(failure);
        }
        forgetOld();
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
            } catch (Throwable e) {
                first.compareAndSet(null, e instanceof IOException known ? known : Failures.of("part of the work", e));
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
