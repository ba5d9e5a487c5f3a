// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.platter.disk.Comparison;
import org.platter.disk.CopyRequest;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskOptions;
import org.platter.disk.Job;
import org.platter.disk.Layer;
import org.platter.disk.MapEntry;
import org.platter.disk.Measure;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;

/** A disk in memory that knows which sectors were written, and does to a call what a test wants. */
final class MemoryDisk implements VirtualDisk {
    /** Comes before every call that works on data. */
    interface Hook {
        void before(String call, long offset) throws DiskException;
    }

    final AtomicInteger flushes = new AtomicInteger();
    volatile Hook hook = (call, offset) -> {};
    volatile boolean readOnly;
    volatile boolean closed;
    private final byte[] data;
    private final BitSet written = new BitSet(); // guarded by data
    private final Optional<Executor> async;
    private final MemoryLayer layer;

    /** A disk that only works by waiting. */
    MemoryDisk(int size) {
        this(size, Optional.empty());
    }

    /** A disk that serves asynchronous requests on these threads, and no others. */
    MemoryDisk(int size, Executor threads) {
        this(size, Optional.of(threads));
    }

    private MemoryDisk(int size, Optional<Executor> async) {
        this.data = new byte[size];
        this.async = async;
        this.layer = new MemoryLayer(size, async.isPresent());
    }

    /** A copy of what the disk reads as. */
    byte[] content() {
        synchronized (data) {
            return data.clone();
        }
    }

    private void before(String call, long offset, long length) throws DiskException {
        if ((offset | length) % SECTOR != 0 || length <= 0 || offset < 0 || offset + length > data.length) {
            throw new IllegalArgumentException(call + " of " + offset + "+" + length);
        }
        if (closed) {
            throw new DiskException(ErrorCode.NOT_OPENED, "the disk is closed");
        }
        if (readOnly && !call.equals("read") && !call.equals("map")) {
            throw new DiskException(ErrorCode.READ_ONLY, "the disk is read-only");
        }
        hook.before(call, offset);
    }

    @Override
    public void read(ByteBuffer dst, long offset) throws DiskException {
        before("read", offset, dst.remaining());
        synchronized (data) {
            dst.put(data, (int) offset, dst.remaining());
        }
    }

    @Override
    public void write(ByteBuffer src, long offset) throws DiskException {
        before("write", offset, src.remaining());
        synchronized (data) {
            int length = src.remaining();
            src.get(data, (int) offset, length);
            written.set((int) offset / SECTOR, (int) (offset + length) / SECTOR);
        }
    }

    @Override
    public void discard(long offset, long length) throws DiskException {
        clear("discard", offset, length);
    }

    @Override
    public void zero(long offset, long length) throws DiskException {
        clear("zero", offset, length);
    }

    private void clear(String call, long offset, long length) throws DiskException {
        before(call, offset, length);
        synchronized (data) {
            java.util.Arrays.fill(data, (int) offset, (int) (offset + length), (byte) 0);
            written.clear((int) offset / SECTOR, (int) (offset + length) / SECTOR);
        }
    }

    @Override
    public void flush() throws DiskException {
        if (closed) {
            throw new DiskException(ErrorCode.NOT_OPENED, "the disk is closed");
        }
        hook.before("flush", 0);
        flushes.incrementAndGet();
    }

    @Override
    public Stream<MapEntry> map(long offset, long length) throws DiskException {
        before("map", offset, length);
        List<MapEntry> entries = new ArrayList<>();
        synchronized (data) {
            for (long at = offset; at < offset + length; ) {
                int sector = (int) (at / SECTOR);
                boolean set = written.get(sector);
                long next = set ? written.nextClearBit(sector) : written.nextSetBit(sector);
                long end = next < 0 ? offset + length : Math.min(next * SECTOR, offset + length);
                MapEntry.Kind hole = sector % 2 == 0 ? MapEntry.Kind.FREE : MapEntry.Kind.ZERO;
                entries.add(new MapEntry(
                        at, end - at, set ? MapEntry.Kind.DATA : hole, set ? 0 : -1, Optional.empty(), -1));
                at = end;
            }
        }
        return entries.stream();
    }

    private interface Call {
        void run() throws DiskException;
    }

    private CompletableFuture<Void> async(Call call) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        if (async.isEmpty()) {
            future.completeExceptionally(new DiskException(ErrorCode.NOT_SUPPORTED, "only by waiting"));
            return future;
        }
        async.get().execute(() -> {
            try {
                call.run();
                future.complete(null);
            } catch (DiskException | RuntimeException e) {
                future.completeExceptionally(e);
            }
        });
        return future;
    }

    @Override
    public CompletableFuture<Void> readAsync(List<ByteBuffer> dst, long offset) {
        return async(() -> read(dst.get(0), offset));
    }

    @Override
    public CompletableFuture<Void> writeAsync(List<ByteBuffer> src, long offset) {
        return async(() -> write(src.get(0), offset));
    }

    @Override
    public CompletableFuture<Void> discardAsync(long offset, long length) {
        return async(() -> discard(offset, length));
    }

    @Override
    public CompletableFuture<Void> zeroAsync(long offset, long length) {
        return async(() -> zero(offset, length));
    }

    @Override
    public CompletableFuture<Void> flushAsync() {
        return async(this::flush);
    }

    @Override
    public DiskOptions options() {
        return DiskOptions.DEFAULT;
    }

    @Override
    public List<Layer> layers() {
        return closed ? List.of() : List.of(layer);
    }

    @Override
    public long size() {
        return closed ? 0 : data.length;
    }

    @Override
    public boolean readOnly() {
        return readOnly || closed;
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public Layer open(OpenRequest request) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Layer openChain(OpenRequest request) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Layer create(CreateRequest request) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Job<Void> merge(Layer from, Layer into) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Job<Layer> copy(Layer from, CopyRequest request) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Job<Void> move(Layer moved, URI location) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Job<Void> rebase(Optional<OpenRequest> parent, RebaseMode mode) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Job<Void> compact(Layer compacted) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Job<Void> resize(long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Job<CheckReport> check(Layer checked) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Job<CheckReport> repair(Layer repaired, org.platter.format.RepairMode mode) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Job<Comparison> compare(VirtualDisk other) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Job<Measure> measure(CreateRequest target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void closeLast(Disposal disposal) {
        throw new UnsupportedOperationException();
    }
}
