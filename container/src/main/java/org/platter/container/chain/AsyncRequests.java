// SPDX-License-Identifier: Apache-2.0
package org.platter.container.chain;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.platter.container.data.RangeLocks;
import org.platter.container.data.VirtualSector;
import org.platter.container.image.ChainLayer;
import org.platter.disk.OpenFlag;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Run;
import org.platter.storage.AsyncStorage;

/**
 * Asynchronous requests of one disk. Where everything asked for lies in storages that are asynchronous by nature the
 * request holds no thread; else it runs on one of the disk's. While the gate is closed requests wait without a thread.
 *
 * <p>The {@link Inside} of a request goes with it from thread to thread and is closed in {@link #end}, which every path
 * comes to, whatever was thrown; only then does the future complete.
 *
 * <p>Rule of order: a request is complete for its caller only after it has left the disk, so that who closes the disk
 * upon the last completion does not wait for itself.
 */
public final class AsyncRequests {
    private final Chain chain;
    private final Executor threads;

    /** For one disk; {@code threads} run what blocks. */
    public AsyncRequests(Chain chain, Executor threads) {
        this.chain = chain;
        this.threads = threads;
    }

    /** Reads into several buffers. */
    public CompletableFuture<Void> read(List<ByteBuffer> dst, long offset) {
        return ranged(Access.Kind.READ, offset, length(dst), (inside, future) -> {
            if (!readNatively(inside, dst, offset, future)) {
                blocking(inside, future, () -> scatter(dst, offset, inside::read));
            }
        });
    }

    /** Writes from several buffers. */
    public CompletableFuture<Void> write(List<ByteBuffer> src, long offset) {
        return ranged(Access.Kind.WRITE, offset, length(src), (inside, future) -> {
            if (!writeNatively(inside, src, offset, future)) {
                blocking(inside, future, () -> scatter(src, offset, inside.writer()::write));
            }
        });
    }

    /** Lets whole blocks go. */
    public CompletableFuture<Void> discard(long offset, long length) {
        return ranged(
                Access.Kind.WRITE,
                offset,
                length,
                (inside, future) ->
                        blocking(inside, future, () -> inside.writer().discard(offset, length)));
    }

    /** Makes a range read as zeroes. */
    public CompletableFuture<Void> zero(long offset, long length) {
        return ranged(
                Access.Kind.WRITE,
                offset,
                length,
                (inside, future) ->
                        blocking(inside, future, () -> inside.writer().zero(offset, length)));
    }

    /** Makes what has completed durable. */
    public CompletableFuture<Void> flush() {
        return submit(Access.Kind.WRITE, (inside, future) -> blocking(inside, future, inside::flush));
    }

    private interface Start {
        void run(Inside inside, CompletableFuture<Void> future) throws IOException;
    }

    private interface Blocking {
        void run() throws IOException;
    }

    private interface Transfer {
        void run(ByteBuffer buffer, long offset) throws IOException;
    }

    /** The range is checked at once for the caller's sake, and inside because the disk may have changed meanwhile. */
    private CompletableFuture<Void> ranged(Access.Kind kind, long offset, long length, Start start) {
        try {
            VirtualSector.check(offset, length, chain.last().size());
        } catch (DiskException e) {
            return CompletableFuture.failedFuture(e);
        }
        return submit(kind, (inside, future) -> {
            inside.check(offset, length);
            start.run(inside, future);
        });
    }

    private CompletableFuture<Void> submit(Access.Kind kind, Start start) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        try {
            chain.enterAsync(kind, inside -> begin(inside, future, start), future::completeExceptionally);
        } catch (RuntimeException | Error e) {
            future.completeExceptionally(e); // of the disk's listener: nothing has been entered
        }
        return future;
    }

    /** From here on the request is inside, and every way out leads through {@link #end}. */
    private static void begin(Inside inside, CompletableFuture<Void> future, Start start) {
        try {
            requireAsync(inside.last());
            start.run(inside, future);
        } catch (Throwable e) { // NOPMD whatever it is, the request has to leave
            end(inside, future, e);
        }
    }

    private static void requireAsync(ChainLayer last) throws DiskException {
        if (!last.has(OpenFlag.ASYNC_IO)) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED, last.shown() + " is not open for asynchronous requests (ASYNC_IO)");
        }
    }

    /** Runs on a thread of the disk. */
    private void blocking(Inside inside, CompletableFuture<Void> future, Blocking work) {
        threads.execute(() -> {
            Throwable failure = null;
            try {
                work.run();
            } catch (Throwable e) {
                failure = e;
            }
            end(inside, future, failure);
        });
    }

    /** Leaves the disk, then completes the future; what goes wrong is told as what the disk would throw. */
    private static void end(Inside inside, CompletableFuture<Void> future, Throwable failure) {
        Throwable shown =
                failure == null || failure instanceof IllegalArgumentException ? failure : inside.failure(failure);
        inside.close();
        if (shown == null) {
            future.complete(null);
        } else {
            future.completeExceptionally(shown);
        }
    }

    private static long length(List<ByteBuffer> buffers) {
        return buffers.stream().mapToLong(ByteBuffer::remaining).sum();
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

    // --- storages that are asynchronous by nature ---

    /** False if the data is not all in one storage that is asynchronous by nature, or if its range would have to be waited for. */
    private static boolean readNatively(
            Inside inside, List<ByteBuffer> dst, long offset, CompletableFuture<Void> future) throws IOException {
        long length = length(dst);
        if (!(inside.view().find(offset, length) instanceof Run.Data data) || !whole(data, length)) {
            return false;
        }
        return held(inside, offset, length, future, parts -> {
            Run now = inside.view().find(offset, length);
            return now.equals(data) && start(dst, data, AsyncStorage::readAsync, parts);
        });
    }

    /** The same for writing in place; what needs new blocks, or might change the disk's format, goes the ordinary way. */
    private static boolean writeNatively(
            Inside inside, List<ByteBuffer> src, long offset, CompletableFuture<Void> future) throws IOException {
        long length = length(src);
        ChainLayer last = inside.last();
        if (offset + length > last.size()
                || !(last.map(offset, length) instanceof Run.Data data)
                || !whole(data, length)
                || data.storage().readOnly()
                || last.facts().guard() != null) {
            return false;
        }
        var writer = inside.writer();
        return held(inside, offset, length, future, parts -> {
            if (!last.map(offset, length).equals(data)) {
                return false;
            }
            writer.mark(offset, length);
            return start(src, data, AsyncStorage::writeAsync, parts);
        });
    }

    private static boolean whole(Run.Data data, long length) {
        return data.length() == length && data.storage() instanceof AsyncStorage;
    }

    private interface Native {
        CompletableFuture<Void> transfer(AsyncStorage storage, ByteBuffer buffer, long position);
    }

    private interface Held {
        boolean start(List<CompletableFuture<Void>> parts) throws IOException;
    }

    /** Starts transfers with the range held until the last of them has ended; false if nothing was started. */
    private static boolean held(Inside inside, long offset, long length, CompletableFuture<Void> future, Held work) {
        RangeLocks.Held range = inside.ranges().trySharedNow(offset, length);
        if (range == null) {
            return false;
        }
        List<CompletableFuture<Void>> parts = new ArrayList<>();
        boolean started = true;
        try {
            started = work.start(parts);
        } catch (Throwable e) {
            parts.add(CompletableFuture.failedFuture(e)); // those that were started have to end first
        }
        if (!started) {
            range.close();
            return false;
        }
        CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new)).whenComplete((nothing, failure) -> {
            range.close();
            end(inside, future, failure == null || failure.getCause() == null ? failure : failure.getCause());
        });
        return true;
    }

    private static boolean start(
            List<ByteBuffer> buffers, Run.Data data, Native call, List<CompletableFuture<Void>> parts) {
        AsyncStorage storage = (AsyncStorage) data.storage();
        long position = data.position();
        for (ByteBuffer buffer : buffers) {
            int count = buffer.remaining();
            if (count > 0) {
                parts.add(call.transfer(storage, buffer, position));
            }
            position += count;
        }
        return true;
    }
}
