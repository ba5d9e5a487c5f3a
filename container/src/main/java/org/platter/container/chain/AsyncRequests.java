// SPDX-License-Identifier: Apache-2.0
package org.platter.container.chain;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.platter.disk.OpenFlag;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Run;
import org.platter.storage.AsyncStorage;

/**
 * Asynchronous requests of one chain. Where everything asked for lies in storages that are asynchronous by nature the
 * request holds no thread; else it runs on one of the platform's. While the gate is closed requests wait without a
 * thread.
 */
public final class AsyncRequests {
    private final Chain chain;
    private final Executor threads;

    /** For one chain; {@code threads} run what blocks. */
    public AsyncRequests(Chain chain, Executor threads) {
        this.chain = chain;
        this.threads = threads;
    }

    /** Reads into several buffers. */
    public CompletableFuture<Void> read(List<ByteBuffer> dst, long offset) {
        return request(dst, offset, future -> {
            if (!natively(dst, offset, false, future)) {
                blocking(future, () -> scatter(dst, offset, chain::read));
            }
        });
    }

    /** Writes from several buffers. */
    public CompletableFuture<Void> write(List<ByteBuffer> src, long offset) {
        return request(src, offset, future -> {
            if (!natively(src, offset, true, future)) {
                blocking(future, () -> scatter(src, offset, chain::write));
            }
        });
    }

    /** Lets whole blocks go. */
    public CompletableFuture<Void> discard(long offset, long length) {
        return request(offset, length, future -> blocking(future, () -> chain.discard(offset, length)));
    }

    /** Makes a range read as zeroes. */
    public CompletableFuture<Void> zero(long offset, long length) {
        return request(offset, length, future -> blocking(future, () -> chain.zero(offset, length)));
    }

    /** Makes what has completed durable. */
    public CompletableFuture<Void> flush() {
        CompletableFuture<Void> future = new CompletableFuture<>();
        try {
            supported();
        } catch (DiskException e) {
            future.completeExceptionally(e);
            return future;
        }
        chain.gate().enterAsync(() -> blocking(future, chain::flush), future::completeExceptionally);
        return future;
    }

    private interface Start {
        void run(CompletableFuture<Void> future);
    }

    private interface Transfer {
        void run(ByteBuffer buffer, long offset) throws IOException;
    }

    private CompletableFuture<Void> request(List<ByteBuffer> buffers, long offset, Start start) {
        long length = 0;
        for (ByteBuffer buffer : buffers) {
            length += buffer.remaining();
        }
        return request(offset, length, start);
    }

    private CompletableFuture<Void> request(long offset, long length, Start start) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        try {
            VirtualSector.check(offset, length, supported().size());
        } catch (DiskException e) {
            future.completeExceptionally(e);
            return future;
        }
        chain.gate().enterAsync(() -> start.run(future), future::completeExceptionally);
        return future;
    }

    private ChainLayer supported() throws DiskException {
        ChainLayer last = chain.last();
        if (!last.has(OpenFlag.ASYNC_IO)) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED, last.shown() + " is not open for asynchronous requests (ASYNC_IO)");
        }
        return last;
    }

    /** Runs on a thread of the platform, then leaves the gate. */
    private void blocking(CompletableFuture<Void> future, Chain.Inside work) {
        threads.execute(() -> {
            IOException failure = null;
            try {
                work.run();
            } catch (IOException e) {
                failure = e;
            } catch (RuntimeException e) {
                failure = new IOException(e.toString(), e);
            }
            end(future, failure);
        });
    }

    private void end(CompletableFuture<Void> future, Throwable failure) {
        DiskException shown = failure == null
                ? null
                : chain.failure(failure instanceof IOException e ? e : new IOException(failure.toString(), failure));
        chain.gate().leave();
        if (shown == null) {
            future.complete(null);
        } else {
            future.completeExceptionally(shown);
        }
    }

    private static void scatter(List<ByteBuffer> buffers, long offset, Transfer transfer) throws IOException {
        long at = offset;
        for (ByteBuffer buffer : buffers) {
            int length = buffer.remaining();
            if (length > 0) {
                transfer.run(buffer, at);
            }
            at += length;
        }
    }

    /** Starts the transfers if no step of them blocks; the gate is left when the last has ended. */
    private boolean natively(List<ByteBuffer> buffers, long offset, boolean write, CompletableFuture<Void> future) {
        long length = buffers.stream().mapToLong(ByteBuffer::remaining).sum();
        if (!asynchronous(offset)) {
            return false;
        }
        RangeLocks.Held held = chain.locks().trySharedNow(offset, length);
        if (held == null) {
            return false;
        }
        List<CompletableFuture<Void>> parts = new ArrayList<>();
        try {
            if (write) {
                chain.beforeWrite();
            }
            if (!start(buffers, offset, write, parts)) {
                held.close();
                return false;
            }
        } catch (IOException e) {
            parts.add(CompletableFuture.failedFuture(e));
        }
        CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new)).whenComplete((nothing, failure) -> {
            held.close();
            end(future, failure == null ? null : failure.getCause() == null ? failure : failure.getCause());
        });
        return true;
    }

    private boolean asynchronous(long offset) {
        try {
            View view = chain.view();
            return view.find(offset, VirtualSector.BYTES) instanceof Run.Data data
                    && data.storage() instanceof AsyncStorage;
        } catch (IOException e) {
            return false; // the blocking way reports it
        }
    }

    /** False, with nothing started, if the range is not one run of asynchronous storage. */
    private boolean start(List<ByteBuffer> buffers, long offset, boolean write, List<CompletableFuture<Void>> parts)
            throws IOException {
        View view = chain.view();
        long length = buffers.stream().mapToLong(ByteBuffer::remaining).sum();
        Run run = view.find(offset, length);
        if (run.length() < length
                || !(run instanceof Run.Data data)
                || !(data.storage() instanceof AsyncStorage storage)
                || write && (view.layers()[view.top()].map(offset, length) instanceof Run.Free)) {
            return false;
        }
        long position = data.position();
        for (ByteBuffer buffer : buffers) {
            int count = buffer.remaining();
            if (count > 0) {
                parts.add(write ? storage.writeAsync(buffer, position) : storage.readAsync(buffer, position));
            }
            position += count;
        }
        return true;
    }
}
