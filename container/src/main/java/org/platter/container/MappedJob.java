// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.platter.disk.Job;
import org.platter.error.DiskException;

/** A job with its result in another form. */
record MappedJob<S, T>(Job<S> job, Function<S, T> form) implements Job<T> {
    @Override
    public long id() {
        return job.id();
    }

    @Override
    public String name() {
        return job.name();
    }

    @Override
    public Progress progress() {
        return job.progress();
    }

    @Override
    public State state() {
        return job.state();
    }

    @Override
    public void cancel() {
        job.cancel();
    }

    @Override
    public void pause() {
        job.pause();
    }

    @Override
    public void resume() {
        job.resume();
    }

    @Override
    public void rate(long bytesPerSecond) {
        job.rate(bytesPerSecond);
    }

    @Override
    public T join() throws DiskException {
        return form.apply(job.join());
    }

    @Override
    public CompletionStage<T> done() {
        return job.done().thenApply(form);
    }
}
