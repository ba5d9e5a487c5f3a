// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.disk;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.platter.disk.Layer;
import org.platter.disk.OpenFlag;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;

/**
 * A disk whose calls do not wait and take any offset and length inside the disk. Where the images serve asynchronous
 * requests themselves no thread is held; else the calls run on the workers. Every call ends with its completion, also
 * when it throws.
 */
public final class ServedDisk {
    private static final int ZEROES = 256 << 10;

    private final VirtualDisk disk;
    private final Executor workers;
    private final WriteTurns writes = new WriteTurns();
    private final LatencyEstimate pace = new LatencyEstimate();
    private volatile boolean async;

    /** The disk, and threads for calls that wait. */
    public ServedDisk(VirtualDisk disk, Executor workers) {
        this.disk = disk;
        this.workers = workers;
        this.async = async(disk.layers());
    }

    /** Files only work by waiting, and then better here than among the platform's threads, which all disks share. */
    private static boolean async(List<Layer> layers) {
        try {
            boolean remote = false;
            for (Layer layer : layers) {
                remote |= layer.async() && !"file".equals(layer.location().getScheme());
            }
            return remote && layers.get(layers.size() - 1).openFlags().contains(OpenFlag.ASYNC_IO);
        } catch (DiskException e) {
            return false;
        }
    }

    /** Bytes that can be reached: whole sectors. */
    public long size() {
        return disk.size() / VirtualDisk.SECTOR * VirtualDisk.SECTOR;
    }

    /** True if a call is so short, of late, that handing it to another thread would take longer. */
    public boolean quick() {
        return !async && pace.quick();
    }

    /** {@link #read} on the caller's thread. */
    public void readHere(ByteBuffer dst, long offset, Completion then) {
        if (aligned(offset, dst.remaining())) {
            then.completed(failure(timed(() -> disk.read(dst, offset), dst.remaining())));
        } else {
            read(dst, offset, then);
        }
    }

    /** {@link #write} on the caller's thread, unless others have to end first. */
    public void writeHere(ByteBuffer src, long offset, Completion then) {
        if (aligned(offset, src.remaining()) && writes.tryTogether()) {
            Throwable failure = failure(timed(() -> disk.write(src, offset), src.remaining()));
            writes.leave();
            then.completed(failure);
        } else {
            write(src, offset, then);
        }
    }

    private Call timed(Call call, int length) {
        return () -> {
            long start = System.nanoTime();
            call.run();
            pace.took(System.nanoTime() - start, length);
        };
    }

    /** Fills the rest of {@code dst}. */
    public void read(ByteBuffer dst, long offset, Completion then) {
        if (aligned(offset, dst.remaining())) {
            Call call = timed(() -> disk.read(dst, offset), dst.remaining());
            call(() -> disk.readAsync(List.of(dst), offset), call, then);
        } else {
            block(() -> new UnalignedIo(disk).read(dst, offset), then);
        }
    }

    /** Stores the rest of {@code src}. */
    public void write(ByteBuffer src, long offset, Completion then) {
        if (aligned(offset, src.remaining())) {
            Call call = timed(() -> disk.write(src, offset), src.remaining());
            together(c -> call(() -> disk.writeAsync(List.of(src), offset), call, c), then);
        } else {
            alone(() -> new UnalignedIo(disk).write(src, offset), then);
        }
    }

    /** Makes the range read as zeroes by the cheapest means. */
    public void zero(long offset, long length, Completion then) {
        if (aligned(offset, length)) {
            together(c -> call(() -> disk.zeroAsync(offset, length), () -> disk.zero(offset, length), c), then);
        } else {
            alone(() -> new UnalignedIo(disk).zero(offset, length), then);
        }
    }

    /** {@link #zero}, or an {@link UnsupportedOperationException} if that may take as long as writing the zeroes. */
    public void zeroFast(long offset, long length, Completion then) {
        block(
                () -> {
                    if (!aligned(offset, length) || !disk.last().info().can(Capability.DISCARD)) {
                        throw new UnsupportedOperationException("zeroes would have to be stored");
                    }
                },
                failure -> {
                    if (failure == null) {
                        zero(offset, length, then);
                    } else {
                        then.completed(failure);
                    }
                });
    }

    /** Stores zeroes in the range, so that it has storage afterwards. */
    public void fill(long offset, long length, Completion then) {
        Call stores = () -> {
            ByteBuffer zeroes = ByteBuffer.allocateDirect((int) Math.min(length, ZEROES));
            for (long done = 0; done < length; done += zeroes.limit()) {
                zeroes.clear().limit((int) Math.min(zeroes.capacity(), length - done));
                new UnalignedIo(disk).write(zeroes, offset + done);
            }
        };
        if (aligned(offset, length)) {
            together(c -> block(stores, c), then);
        } else {
            alone(stores, then);
        }
    }

    /** Tells that the range is no longer wanted; sectors that are not wholly in it stay. */
    public void discard(long offset, long length, Completion then) {
        long start = UnalignedIo.up(offset);
        long end = UnalignedIo.down(offset + length);
        if (start >= end) {
            then.completed(null);
        } else {
            Completion hint = failure -> then.completed(unsupported(failure) ? null : failure);
            together(
                    c -> call(() -> disk.discardAsync(start, end - start), () -> disk.discard(start, end - start), c),
                    hint);
        }
    }

    /** Makes durable what had been completed before the call. */
    public void flush(Completion then) {
        call(disk::flushAsync, disk::flush, then);
    }

    /** What the range consists of, at most so many extents from its start; null after a failure. */
    public void status(long offset, long length, int most, BiConsumer<Extents, Throwable> then) {
        long start = UnalignedIo.down(offset);
        long end = UnalignedIo.up(offset + length);
        Extents[] found = new Extents[1];
        Call call = () -> {
            try (var entries = disk.map(start, end - start)) {
                found[0] = Extents.of(entries, offset, offset + length, most);
            }
        };
        block(call, failure -> then.accept(found[0], failure));
    }

    private void together(Consumer<Completion> call, Completion then) {
        writes.together(() -> call.accept(failure -> {
            writes.leave();
            then.completed(failure);
        }));
    }

    private void alone(Call call, Completion then) {
        writes.alone(() -> block(call, failure -> {
            writes.leave();
            then.completed(failure);
        }));
    }

    private void call(Supplier<CompletableFuture<Void>> starts, Call waits, Completion then) {
        if (!async) {
            block(waits, then);
            return;
        }
        try {
            starts.get().whenComplete((nothing, failure) -> {
                Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
                if (unsupported(cause)) {
                    // perhaps an image came on top that only waits; from then on all calls do
                    block(waits, again -> {
                        async = again != null;
                        then.completed(again);
                    });
                } else {
                    then.completed(cause);
                }
            });
        } catch (RuntimeException | Error e) {
            then.completed(e);
        }
    }

    private void block(Call call, Completion then) {
        try {
            workers.execute(() -> then.completed(failure(call)));
        } catch (RejectedExecutionException e) {
            then.completed(e);
        }
    }

    private static Throwable failure(Call call) {
        try {
            call.run();
            return null;
        } catch (DiskException | RuntimeException | Error e) {
            return e;
        }
    }

    private static boolean unsupported(Throwable failure) {
        return failure instanceof DiskException e && e.code() == ErrorCode.NOT_SUPPORTED;
    }

    private static boolean aligned(long offset, long length) {
        return (offset | length) % VirtualDisk.SECTOR == 0;
    }

    private interface Call {
        void run() throws DiskException;
    }
}
