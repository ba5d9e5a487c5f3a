// SPDX-License-Identifier: Apache-2.0
package org.platter.container.chain;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.platter.disk.AccessListener;
import org.platter.error.DiskException;

/** Tells a disk's listener of every access, balanced on every path. */
public final class Access {
    private final AccessListener listener; // null if nobody listens

    Access(Optional<AccessListener> listener) {
        this.listener = listener.orElse(null);
    }

    /** Before reading. */
    public void startRead() {
        if (listener != null) {
            listener.startRead();
        }
    }

    /** After reading. */
    public void finishRead() {
        if (listener != null) {
            listener.finishRead();
        }
    }

    /** Before a change. */
    public void startWrite() {
        if (listener != null) {
            listener.startWrite();
        }
    }

    /** After a change. */
    public void finishWrite() {
        if (listener != null) {
            listener.finishWrite();
        }
    }

    /** Reads. */
    public <T> T reading(Chain.Restructuring<T> work) throws DiskException {
        startRead();
        try {
            return work.run();
        } finally {
            finishRead();
        }
    }

    /** Changes. */
    public <T> T writing(Chain.Restructuring<T> work) throws DiskException {
        startWrite();
        try {
            return work.run();
        } finally {
            finishWrite();
        }
    }

    /** Reads without waiting. */
    public CompletableFuture<Void> readingAsync(Supplier<CompletableFuture<Void>> request) {
        if (listener == null) {
            return request.get();
        }
        startRead();
        return finishing(request, this::finishRead);
    }

    /** Changes without waiting. */
    public CompletableFuture<Void> writingAsync(Supplier<CompletableFuture<Void>> request) {
        if (listener == null) {
            return request.get();
        }
        startWrite();
        return finishing(request, this::finishWrite);
    }

    private static CompletableFuture<Void> finishing(Supplier<CompletableFuture<Void>> request, Runnable finish) {
        try {
            return request.get().whenComplete((result, failure) -> finish.run());
        } catch (RuntimeException e) {
            finish.run();
            throw e;
        }
    }
}
