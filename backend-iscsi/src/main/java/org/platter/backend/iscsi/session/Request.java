// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.session;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * What a caller asked for, made of any number of {@link Task}s. It is over when they all are and the caller has handed
 * in the last one with {@link Session#complete}. Its first failure counts.
 */
public final class Request {
    private final CompletableFuture<Void> future;
    private final Consumer<Failure> then;
    private volatile Thread waiter;
    private volatile boolean done;

    // guarded by the flow's lock
    int open = 1;
    int tasks;
    private Failure failure;

    private Request(CompletableFuture<Void> future, Consumer<Failure> then) {
        this.future = future;
        this.then = then;
    }

    /** A request that its caller waits for. */
    public static Request waited() {
        return new Request(null, null);
    }

    /** A request that completes a future, on the session's thread. */
    public static Request promised(CompletableFuture<Void> future) {
        return new Request(future, null);
    }

    /** A step of a larger one: {@code then} gets its failure or null, on any thread, and must not wait. */
    public static Request followed(Consumer<Failure> then) {
        return new Request(null, then);
    }

    void waiter(Thread thread) {
        waiter = thread;
    }

    Thread waiter() {
        return waiter;
    }

    boolean isPromise() {
        return future != null;
    }

    boolean isWaited() {
        return future == null && then == null;
    }

    boolean isStep() {
        return then != null;
    }

    /** One part less to wait for; true if that was the last. The flow's lock is held. */
    boolean partEnded(Failure why) {
        if (failure == null) {
            failure = why;
        }
        return --open == 0;
    }

    /** After it is over: the failure, or null. */
    Failure failure() {
        return failure;
    }

    boolean done() {
        return done;
    }

    void markDone() {
        done = true;
    }

    void fire() {
        if (then != null) {
            then.accept(failure);
        } else if (failure != null) {
            future.completeExceptionally(failure.exception());
        } else {
            future.complete(null);
        }
    }
}
