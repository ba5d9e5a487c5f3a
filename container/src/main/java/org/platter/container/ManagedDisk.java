// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.platter.container.chain.Access;
import org.platter.container.chain.AsyncRequests;
import org.platter.container.chain.Chain;
import org.platter.container.chain.ChainMap;
import org.platter.container.chain.Claims;
import org.platter.container.chain.Inside;
import org.platter.container.chain.Lane;
import org.platter.container.data.VirtualSector;
import org.platter.container.format.FormatProvider;
import org.platter.container.image.ChainLayer;
import org.platter.container.job.Needs;
import org.platter.container.job.Operations;
import org.platter.container.structure.ChainEditor;
import org.platter.container.swap.Swap;
import org.platter.disk.Comparison;
import org.platter.disk.CopyRequest;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskOptions;
import org.platter.disk.FormatInfo;
import org.platter.disk.Job;
import org.platter.disk.Layer;
import org.platter.disk.MapEntry;
import org.platter.disk.Measure;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.format.CheckReport;
import org.platter.format.RepairMode;

/**
 * A disk as its users see it: checks arguments, tells the listener, and hands on to the chain and its jobs.
 *
 * <p>Every call is one of three kinds. Requests enter the disk and leave it. Changes of the images claim what they touch, for
 * their short time, and then run alone. Jobs claim until they end. Closing claims everything by saying so first: from then
 * on no claim is given, jobs are cancelled and waited for, and only then do the images go.
 */
final class ManagedDisk implements VirtualDisk {
    private static final int REQUESTS_AT_ONCE = 16; // that block; those of other disks do not count

    private final PlatterDiskManager manager;
    private final Swap swap;
    private final Chain chain;
    private final Operations operations;
    private final AsyncRequests async;
    private final Set<Job<?>> jobs = ConcurrentHashMap.newKeySet();

    ManagedDisk(PlatterDiskManager manager, Swap swap) {
        this.manager = manager;
        this.swap = swap;
        chain = swap.chain();
        operations = new Operations(manager.jobEngine(), chain);
        async = new AsyncRequests(chain, new Lane(manager.requestThreads(), REQUESTS_AT_ONCE));
    }

    Chain chain() {
        return chain;
    }

    Swap swap() {
        return swap;
    }

    FormatInfo describe(FormatProvider format) {
        return manager.describe(format);
    }

    @Override
    public DiskOptions options() {
        return chain.options();
    }

    @Override
    public List<Layer> layers() {
        return chain.layers().stream()
                .map(layer -> (Layer) new LayerView(this, layer))
                .toList();
    }

    private Layer view(ChainLayer layer) {
        return new LayerView(this, layer);
    }

    private ChainLayer layer(Layer layer) {
        if (layer instanceof LayerView mine && mine.disk() == this) {
            return mine.layer();
        }
        throw new IllegalArgumentException(layer + " is not a layer of this disk");
    }

    @Override
    public long size() {
        List<ChainLayer> layers = chain.layers();
        return layers.isEmpty() ? 0 : layers.get(layers.size() - 1).size();
    }

    @Override
    public boolean readOnly() {
        List<ChainLayer> layers = chain.layers();
        return layers.isEmpty() || layers.get(layers.size() - 1).readOnly();
    }

    /** A change of the images, with what it claims. */
    <T> T changing(String what, Claims.Needs needs, Change<T> change) throws DiskException {
        try (Claims.Claim claim = chain.claims().forChange(what, needs)) {
            return change.run();
        }
    }

    interface Change<T> {
        T run() throws DiskException;
    }

    /** Puts images in; a disk that was closed is one again. */
    private Layer putting(String what, Change<ChainLayer> change) throws DiskException {
        return changing(what, Needs.creating(), () -> {
            manager.remember(this);
            return view(change.run());
        });
    }

    @Override
    public Layer open(OpenRequest request) throws DiskException {
        return putting("an open", () -> ChainEditor.open(chain, request));
    }

    @Override
    public Layer openChain(OpenRequest request) throws DiskException {
        return putting("an open", () -> ChainEditor.openChain(chain, request));
    }

    @Override
    public Layer create(CreateRequest request) throws DiskException {
        return putting("a create", () -> ChainEditor.create(chain, request));
    }

    private void request(Access.Kind kind, long offset, long length, Request request) throws DiskException {
        try (Inside inside = chain.enter(kind)) {
            inside.check(offset, length);
            try {
                request.run(inside);
            } catch (IOException | RuntimeException | Error e) {
                throw inside.failure(e);
            }
        }
    }

    private interface Request {
        void run(Inside inside) throws IOException;
    }

    @Override
    public void read(ByteBuffer dst, long offset) throws DiskException {
        request(Access.Kind.READ, offset, dst.remaining(), inside -> inside.read(dst, offset));
    }

    @Override
    public void write(ByteBuffer src, long offset) throws DiskException {
        request(
                Access.Kind.WRITE,
                offset,
                src.remaining(),
                inside -> inside.writer().write(src, offset));
    }

    @Override
    public void discard(long offset, long length) throws DiskException {
        request(Access.Kind.WRITE, offset, length, inside -> inside.writer().discard(offset, length));
    }

    @Override
    public void zero(long offset, long length) throws DiskException {
        request(Access.Kind.WRITE, offset, length, inside -> inside.writer().zero(offset, length));
    }

    @Override
    public void flush() throws DiskException {
        chain.writing(inside -> {
            inside.flush();
            return null;
        });
    }

    @Override
    public CompletableFuture<Void> readAsync(List<ByteBuffer> dst, long offset) {
        return async.read(dst, offset);
    }

    @Override
    public CompletableFuture<Void> writeAsync(List<ByteBuffer> src, long offset) {
        return async.write(src, offset);
    }

    @Override
    public CompletableFuture<Void> discardAsync(long offset, long length) {
        return async.discard(offset, length);
    }

    @Override
    public CompletableFuture<Void> zeroAsync(long offset, long length) {
        return async.zero(offset, length);
    }

    @Override
    public CompletableFuture<Void> flushAsync() {
        return async.flush();
    }

    @Override
    public Stream<MapEntry> map(long offset, long length) throws DiskException {
        VirtualSector.check(offset, length, chain.last().size());
        return ChainMap.entries(chain, offset, length);
    }

    // --- jobs ---

    private <T> Job<T> track(Job<T> job) {
        jobs.add(job);
        job.done().whenComplete((result, failure) -> jobs.remove(job));
        return job;
    }

    @Override
    public Job<Void> merge(Layer from, Layer into) {
        return track(operations.merge(layer(from), layer(into)));
    }

    @Override
    public Job<Layer> copy(Layer layer, CopyRequest request) {
        if (!(request.target() instanceof ManagedDisk target)) {
            throw new IllegalArgumentException("the target is not a disk of this platform");
        }
        if (target == this) {
            throw new IllegalArgumentException("source and target are one disk; use move, or another disk");
        }
        long length = request.length().orElse(Long.MAX_VALUE);
        Job<ChainLayer> job = request.image().isPresent()
                ? operations.copy(layer(layer), target.chain, request.image().get(), length, request.replaces())
                : operations.copy(layer(layer), target.chain, length);
        return target.track(track(new MappedJob<>(job, target::view)));
    }

    @Override
    public Job<Void> move(Layer layer, URI location) {
        return track(operations.move(layer(layer), location));
    }

    @Override
    public Job<Void> rebase(Optional<OpenRequest> parent, RebaseMode mode) {
        return track(operations.rebase(
                parent, new Operations.Scratch(manager::newChain, manager::forget), mode == RebaseMode.SAFE));
    }

    @Override
    public Job<Void> compact(Layer layer) {
        return track(operations.compact(layer(layer)));
    }

    @Override
    public Job<Void> resize(long size) {
        return track(operations.resize(size));
    }

    @Override
    public Job<CheckReport> check(Layer layer) {
        return track(operations.check(layer(layer)));
    }

    @Override
    public Job<CheckReport> repair(Layer layer, RepairMode mode) {
        return track(operations.repair(layer(layer), mode));
    }

    @Override
    public Job<Comparison> compare(VirtualDisk other) {
        if (!(other instanceof ManagedDisk disk)) {
            throw new IllegalArgumentException("the other disk is not one of this platform");
        }
        return disk.track(track(operations.compare(disk.chain)));
    }

    @Override
    public Job<Measure> measure(CreateRequest target) {
        return track(operations.measure(target));
    }

    @Override
    public void closeLast(Disposal disposal) throws DiskException {
        changing("a close", Needs.closingLast(), () -> {
            ChainEditor.closeLast(chain, disposal);
            return null;
        });
    }

    @Override
    public void close() throws DiskException {
        chain.claims().closing(true);
        try {
            jobs.forEach(Job::cancel);
            for (Job<?> job : jobs) {
                job.done()
                        .toCompletableFuture()
                        .handle((result, failure) -> failure)
                        .join();
            }
            manager.forget(this);
            chain.close();
        } finally {
            chain.claims().closing(false);
        }
    }

    @Override
    public String toString() {
        String name = chain.options().name();
        return name.isEmpty() ? "disk" + chain.layers() : name;
    }
}
