// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Extent;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.backend.vmdk.meta.Settings;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Run;
import org.platter.storage.Storage;

/**
 * A stream that is being written. {@link #allocate} gives out grains in ascending order; who writes them compresses them,
 * many threads at once; they enter the file in the order of the disk, so that the file depends on the data only. Grains
 * of zeroes are left out unless a parent could show. The stream is complete after {@link #close}.
 *
 * <p>{@link #map} takes no lock for what is not written yet.
 */
public final class StreamWriter implements Extent {
    /** Compressed bytes that may wait for a grain before them. */
    private static final long MOST_WAITING = 64L << 20;

    private static final long MOST_RUN = 16L << 20;
    private static final long STALLED_SECONDS = 10;

    private final Storage storage;
    private final StreamFile file; // guarded by lock
    private final long size;
    private final int grain;
    private final int level;
    private final boolean keepsZeroes;
    private final StreamSink sink;
    private final ConcurrentLinkedQueue<Deflation> idle = new ConcurrentLinkedQueue<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition drained = lock.newCondition();
    private final ArrayDeque<PendingGrain> queue = new ArrayDeque<>(); // guarded by lock
    private final Map<Long, PendingGrain> pending = new HashMap<>(); // guarded by lock: the same by number
    private long waiting; // guarded by lock: compressed bytes in the queue
    private byte[] text; // guarded by lock: the descriptor
    private IOException failure; // guarded by lock
    private boolean ended; // guarded by lock
    private volatile long next; // the first grain that can be given out

    private StreamWriter(Storage storage, StreamFile file, long size, Settings settings, byte[] text) {
        this.storage = storage;
        this.file = file;
        this.size = size;
        this.text = text;
        grain = settings.grain();
        level = settings.level();
        keepsZeroes = settings.keepsZeroes();
        sink = new StreamSink(this, storage, size, Integer.numberOfTrailingZeros(grain));
    }

    /**
     * How a stream is written.
     *
     * @param grain bytes of a grain
     * @param level of compression, 1 to 9
     * @param keepsZeroes true if grains of zeroes are stored, because they hide a parent
     */
    public record Settings(int grain, int level, boolean keepsZeroes) {}

    /** A stream for an empty storage. */
    public static StreamWriter create(Storage storage, long size, Settings settings, byte[] text) throws IOException {
        StreamFile file = new StreamFile(storage, size, settings.grain(), text.length);
        return new StreamWriter(storage, file, size, settings, text);
    }

    /** Bytes that are set aside for the descriptor. */
    public int descriptorBytes() {
        return file.descriptorBytes();
    }

    /** Changes the descriptor. In a storage that can only be appended to it stays as it was when the data began. */
    public void text(byte[] changed) throws IOException {
        lock.lock();
        try {
            if (file.started()) {
                file.push();
                ByteBuffer area = ByteBuffer.allocate(file.descriptorBytes()).put(changed);
                storage.write(area.clear(), Sectors.BYTES);
            }
            text = changed;
        } catch (DiskException e) {
            if (e.code() != ErrorCode.NOT_SUPPORTED) {
                throw e;
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public long blockSize() {
        return grain;
    }

    @Override
    public Run map(long offset, long length) throws IOException {
        if (offset / grain >= next) {
            return new Run.Free(offset, length);
        }
        lock.lock();
        try {
            boolean there = written(offset / grain);
            long end = (offset / grain + 1) * grain;
            while (end < offset + Math.min(length, MOST_RUN) && written(end / grain) == there) {
                end += grain;
            }
            long count = Math.min(length, end - offset);
            return there ? new Run.Data(offset, count, sink, offset) : new Run.Free(offset, count);
        } finally {
            lock.unlock();
        }
    }

    private boolean written(long number) throws IOException {
        PendingGrain waits = pending.get(number);
        return waits != null ? waits.visible() : number < next && file.sector(number) != 0;
    }

    /** The sector of a grain, in the storage. */
    int sector(long number) throws IOException {
        lock.lock();
        try {
            if (pending.containsKey(number)) {
                throw new DiskException(
                        ErrorCode.BAD_STATE, "VMDK stream: grain " + number + " waits for one before it to be written");
            }
            return file.sector(number);
        } finally {
            lock.unlock();
        }
    }

    /** Bytes of the file so far. */
    long end() {
        lock.lock();
        try {
            return file.end();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Run.Data allocate(long offset, long length) throws IOException {
        lock.lock();
        try {
            checkOpen();
            long first = offset / grain;
            if (first < next) {
                throw Bad.unsupported(
                        "VMDK stream: is written from front to end; grain " + first + " comes after " + (next - 1));
            }
            awaitRoom();
            long past = (Math.min(size, offset + Math.min(length, MOST_RUN)) - 1) / grain + 1;
            for (long number = first; number < past; number++) {
                PendingGrain each = new PendingGrain(number);
                queue.add(each);
                pending.put(number, each);
            }
            next = past;
            return new Run.Data(first * grain, Math.min(size, past * grain) - first * grain, sink, first * grain);
        } finally {
            lock.unlock();
        }
    }

    /** Lets the threads that compress catch up. If one of them has failed, memory is better than waiting for ever. */
    private void awaitRoom() throws IOException {
        long nanos = TimeUnit.SECONDS.toNanos(STALLED_SECONDS);
        boolean interrupted = false;
        while (waiting > MOST_WAITING && nanos > 0) {
            try {
                nanos = drained.awaitNanos(nanos);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        checkOpen();
    }

    private void checkOpen() throws IOException {
        if (failure != null) {
            ErrorCode code = failure instanceof DiskException known ? known.code() : ErrorCode.IO;
            throw new DiskException(code, "VMDK stream: an earlier write failed: " + failure.getMessage());
        }
        if (ended) {
            throw new DiskException(ErrorCode.BAD_STATE, "VMDK stream: is complete");
        }
    }

    /** Takes bytes of one grain; null stands for zeroes. */
    void put(long number, int inside, ByteBuffer bytes, int count) throws IOException {
        PendingGrain target = pending(number);
        int visible = (int) Math.min(grain, size - number * grain);
        if (count == visible) {
            complete(target, bytes);
        } else if (target.gather(inside, bytes, count, visible)) {
            complete(target, target.gathered());
        }
    }

    private PendingGrain pending(long number) throws IOException {
        lock.lock();
        try {
            checkOpen();
            PendingGrain found = pending.get(number);
            if (found == null || found.done()) {
                throw Bad.unsupported("VMDK stream: grain " + number + " is written, or not reserved");
            }
            return found;
        } finally {
            lock.unlock();
        }
    }

    private void complete(PendingGrain target, ByteBuffer bytes) throws IOException {
        ByteBuffer compressed = compress(target.number(), bytes);
        lock.lock();
        try {
            target.finish(compressed);
            waiting += compressed == null ? 0 : compressed.remaining();
            drain();
        } finally {
            lock.unlock();
        }
    }

    private ByteBuffer compress(long number, ByteBuffer bytes) {
        boolean zero = bytes == null || Zeroes.only(bytes);
        if (zero && !keepsZeroes) {
            return null;
        }
        Deflation deflation = idle.poll();
        deflation = deflation == null ? new Deflation(grain, level) : deflation;
        try {
            ByteBuffer source = bytes == null ? ByteBuffer.allocate(0) : bytes;
            return deflation.deflate(source, number * (grain / Sectors.BYTES));
        } finally {
            idle.add(deflation);
        }
    }

    /** Puts into the file what is finished at the front of the queue. */
    private void drain() throws IOException {
        try {
            while (!queue.isEmpty() && queue.peek().done() && failure == null) {
                PendingGrain first = queue.remove();
                ByteBuffer bytes = first.bytes();
                if (bytes != null) {
                    waiting -= bytes.remaining();
                    start();
                    file.grain(first.number(), bytes);
                }
                pending.remove(first.number());
            }
        } catch (IOException e) {
            failure = e;
            throw e;
        } finally {
            drained.signalAll();
        }
    }

    private void start() throws IOException {
        if (!file.started()) {
            file.start(text);
        }
    }

    @Override
    public void remap(Run run) throws IOException {
        if (!(run instanceof Run.Data)) {
            throw Bad.unsupported("VMDK stream: what is written stays");
        }
        for (long at = run.offset(); at < run.end(); at = (at / grain + 1) * grain) {
            PendingGrain unfinished = keep(at / grain);
            if (unfinished != null) {
                complete(unfinished, unfinished.gathered());
            }
        }
    }

    /** Notes that a grain is visible, and gives it if not all of its bytes have come: the others are zeroes. */
    private PendingGrain keep(long number) throws IOException {
        lock.lock();
        try {
            checkOpen();
            PendingGrain found = pending.get(number);
            if (found == null) {
                return null;
            }
            found.show();
            return found.done() ? null : found;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void flush() throws IOException {
        lock.lock();
        try {
            if (ended || failure != null) {
                return;
            }
            dropUnseen();
            file.push();
        } finally {
            lock.unlock();
        }
        storage.flush();
    }

    private void dropUnseen() throws IOException {
        for (PendingGrain each : queue) {
            if (!each.visible()) {
                waiting -= each.drop();
            }
        }
        drain();
    }

    /** Completes the stream, durably, unless a write has failed. */
    @Override
    public void close() throws IOException {
        try {
            complete();
        } finally {
            idle.forEach(Deflation::end);
            idle.clear();
            sink.close();
        }
    }

    private void complete() throws IOException {
        lock.lock();
        try {
            if (!ended && failure == null) {
                dropUnseen();
                start();
                file.finish();
                storage.flush();
            }
        } finally {
            ended = true;
            lock.unlock();
        }
    }
}
