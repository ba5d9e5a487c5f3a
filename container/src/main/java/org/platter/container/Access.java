// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.platter.container.chain.Chain;
import org.platter.disk.AccessListener;
import org.platter.error.DiskException;

/** Tells a disk's listener of every access, balanced on every path. */
final class Access {
    private final AccessListener listener; // null if nobody listens

    Access(Optional<AccessListener> listener) {
        this.listener = listener.orElse(null);
    }

    void startRead() {
        if (listener != null) {
            listener.startRead();
        }
    }

    void finishRead() {
        if (listener != null) {
            listener.finishRead();
        }
    }

    void startWrite() {
        if (listener != null) {
            listener.startWrite();
        }
    }

    void finishWrite() {
        if (listener != null) {
            listener.finishWrite();
        }
    }

    <T> T reading(Chain.Restructuring<T> work) throws DiskException {
        startRead();
        try {
            return work.run();
        } finally {
            finishRead();
        }
    }

    <T> T writing(Chain.Restructuring<T> work) throws DiskException {
        startWrite();
        try {
            return work.run();
        } finally {
            finishWrite();
        }
    }

    CompletableFuture<Void> readingAsync(Supplier<CompletableFuture<Void>> request) {
        if (listener == null) {
            return request.get();
        }
        startRead();
        return finishing(request, this::finishRead);
    }

    CompletableFuture<Void> writingAsync(Supplier<CompletableFuture<Void>> request) {
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
