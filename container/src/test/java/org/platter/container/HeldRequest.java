// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** Files in memory, and one request on them that stops where it first reaches a file, until it is let go. */
final class HeldRequest {
    private final CompletableFuture<Void> reached = new CompletableFuture<>();
    private final CompletableFuture<Void> letGo = new CompletableFuture<>();
    private volatile Thread thread; // null but while the request runs

    MemoryProvider files() {
        return new MemoryProvider(storage -> new WatchedStorage(storage, this::pass));
    }

    private void pass() {
        if (Thread.currentThread() == thread) {
            reached.complete(null);
            letGo.join();
        }
    }

    /** Starts the request on a thread of its own and returns when it has stopped. */
    <T> CompletableFuture<T> start(Callable<T> request) throws Exception {
        CompletableFuture<T> result = CompletableFuture.supplyAsync(() -> {
            thread = Thread.currentThread();
            try {
                return request.call();
            } catch (Exception e) {
                throw new CompletionException(e);
            } finally {
                thread = null;
            }
        });
        reached.get(1, TimeUnit.MINUTES);
        return result;
    }

    void letGo() {
        letGo.complete(null);
    }
}
