// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.platter.container.chain.Chain;
import org.platter.container.format.Failures;
import org.platter.container.format.FormatProvider;
import org.platter.container.image.ChainLayer;
import org.platter.container.job.Jobs;
import org.platter.container.swap.ShadowCheck;
import org.platter.container.swap.Swap;
import org.platter.disk.Declared;
import org.platter.disk.DiskManager;
import org.platter.disk.DiskOptions;
import org.platter.disk.FormatInfo;
import org.platter.disk.Job;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;

/**
 * The service that makes disks, and what they share: jobs, threads, the swapping of formats.
 *
 * <p>Rule of waiting: formats leave on the thread of the framework, which must not hang because one disk has a
 * request that does. Each disk is swapped on a thread of its own, and the framework waits half of the shortest
 * swap timeout at most; requests on the other disks then still have the other half.
 */
@Component(service = {DiskManager.class, PlatterDiskManager.class})
public final class PlatterDiskManager implements DiskManager, FormatRegistry.Watcher {
    private static final Logger LOG = System.getLogger(PlatterDiskManager.class.getName());
    private final FormatRegistry registry;
    private final Jobs jobs = new Jobs();
    private final ExecutorService requestThreads = pool("platter-request");
    private final ExecutorService swapThreads = pool("platter-swap");
    private final CopyOnWriteArrayList<Swap> swaps = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<Swap.Watcher> layerWatchers = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<ManagedDisk> disks = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<Declaration> declarations = new CopyOnWriteArrayList<>();

    /** Called by the framework. */
    @Activate
    public PlatterDiskManager(@Reference FormatRegistry registry) {
        this.registry = registry;
        registry.watch(this);
    }

    /** As many threads as are needed; who uses them sees to it that this is not too many. */
    private static ExecutorService pool(String name) {
        return Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, name);
            thread.setDaemon(true);
            thread.setContextClassLoader(null);
            return thread;
        });
    }

    @Deactivate
    void deactivate() {
        registry.unwatch(this);
        jobs.close();
        for (ManagedDisk disk : List.copyOf(disks)) {
            try {
                disk.close();
            } catch (DiskException e) {
                LOG.log(Level.WARNING, "closing " + disk + ": " + e.getMessage());
            }
        }
        requestThreads.shutdown();
        swapThreads.shutdown();
    }

    /** The images of all disks that a provider serves. */
    public List<ChainLayer> served(FormatProvider format) {
        return swaps.stream().flatMap(swap -> swap.served(format).stream()).toList();
    }

    Jobs jobEngine() {
        return jobs;
    }

    /** Threads for what may wait. */
    public Executor requestThreads() {
        return requestThreads;
    }

    // --- formats that come and go ---

    @Override
    public void arrived(FormatProvider format) {
        awaited(format, sideBySide(Swap::arrive));
    }

    /** Returns when nothing of the format is used, but does not wait longer for requests than those would wait for it. */
    @Override
    public void left(FormatProvider format) {
        boolean forGood = registry.stopping();
        awaited(format, sideBySide(swap -> swap.leave(format, forGood)));
        requestThreads.execute(LastRecord::forget);
    }

    /** Each disk by itself, so that one with a request that hangs keeps none of the others waiting. */
    private List<CompletableFuture<Void>> sideBySide(Consumer<Swap> work) {
        return swaps.stream()
                .map(swap -> CompletableFuture.runAsync(() -> work.accept(swap), swapThreads))
                .toList();
    }

    private void awaited(FormatProvider format, List<CompletableFuture<Void>> all) {
        long limit = swaps.stream()
                .map(swap -> swap.chain().options().swapTimeout().toMillis() / 2)
                .min(Long::compare)
                .orElse(0L);
        try {
            CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(limit, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.log(
                    Level.WARNING,
                    () -> "format " + format.name() + ": some disk has requests that do not end; it is "
                            + "swapped when they have, other disks do not wait for it");
        } catch (ExecutionException e) {
            LOG.log(Level.ERROR, () -> "format " + format.name() + ": " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Hands all images of one provider over to another, each disk by itself; the first failure is thrown when all have
     * come to an end.
     *
     * @param moved given each image that has been handed over; may be called by many threads
     * @return the longest that requests had to wait
     */
    public Duration handOver(FormatProvider from, FormatProvider to, ShadowCheck check, Consumer<ChainLayer> moved)
            throws DiskException {
        List<CompletableFuture<Duration>> all = swaps.stream()
                .map(swap -> CompletableFuture.supplyAsync(() -> handOver(swap, from, to, check, moved), swapThreads))
                .toList();
        Duration longest = Duration.ZERO;
        DiskException first = null;
        for (CompletableFuture<Duration> one : all) {
            try {
                Duration pause = one.join();
                longest = pause.compareTo(longest) > 0 ? pause : longest;
            } catch (CompletionException e) {
                DiskException failure = Failures.of("handing over", unwrapped(e.getCause()));
                first = first == null ? failure : first;
            }
        }
        if (first != null) {
            throw first;
        }
        return longest;
    }

    private static Throwable unwrapped(Throwable e) {
        return e instanceof UncheckedIOException ? e.getCause() : e;
    }

    private static Duration handOver(
            Swap swap, FormatProvider from, FormatProvider to, ShadowCheck check, Consumer<ChainLayer> moved) {
        Duration longest = Duration.ZERO;
        try {
            for (ChainLayer layer : swap.served(from)) {
                Duration pause = swap.handOver(layer, to, check);
                longest = pause.compareTo(longest) > 0 ? pause : longest;
                moved.accept(layer);
            }
        } catch (DiskException e) {
            throw new UncheckedIOException(e);
        }
        return longest;
    }

    // --- formats ---

    @Override
    public List<FormatInfo> formats() {
        return registry.all().stream().map(this::describe).toList();
    }

    @Override
    public Optional<FormatInfo> format(String name) {
        return registry.find(name).map(this::describe);
    }

    FormatInfo describe(FormatProvider format) {
        int open = (int) swaps.stream()
                .flatMap(swap -> swap.chain().layers().stream())
                .filter(layer -> layer.format().equals(format))
                .count();
        return new FormatInfo(
                format.name(),
                format.bundle(),
                format.version(),
                format.ranking(),
                format.capabilities(),
                format.extensions(),
                format.schemes(),
                format.schema(),
                open);
    }

    @Override
    public Optional<FormatInfo> probe(URI location) throws DiskException {
        return registry.probe(location).map(this::describe);
    }

    @Override
    public Optional<FormatInfo> suggest(URI location) {
        return registry.suggest(location).map(this::describe);
    }

    // --- disks ---

    @Override
    public VirtualDisk newDisk(DiskOptions options) {
        ManagedDisk disk = new ManagedDisk(this, newSwap(options));
        remember(disk);
        return disk;
    }

    /** A chain that formats are swapped under, but no disk of a user; give it back with {@link #forget(Chain)}. */
    Chain newChain() {
        return newSwap(DiskOptions.DEFAULT).chain();
    }

    private Swap newSwap(DiskOptions options) {
        Swap swap = new Swap(new Chain(registry, options), this::changed);
        swaps.add(swap);
        return swap;
    }

    private void changed(Swap.Change change) {
        LOG.log(Level.DEBUG, change::toString);
        layerWatchers.forEach(watcher -> watcher.changed(change));
    }

    /** From now on the watcher is told of every change of a layer's state. */
    void watchLayers(Swap.Watcher watcher) {
        layerWatchers.add(watcher);
    }

    void unwatchLayers(Swap.Watcher watcher) {
        layerWatchers.remove(watcher);
    }

    /** The formats and storages that are installed. */
    public FormatRegistry registry() {
        return registry;
    }

    /** Its formats are swapped, and it is closed with the platform. */
    void remember(ManagedDisk disk) {
        swaps.addIfAbsent(disk.swap());
        disks.addIfAbsent(disk);
    }

    void forget(ManagedDisk disk) {
        boolean known = disks.remove(disk);
        forget(disk.chain());
        if (known) {
            declarations.forEach(declaration -> declaration.closing(disk));
        }
    }

    /** No format is swapped under it any more. */
    void forget(Chain chain) {
        swaps.removeIf(swap -> swap.chain() == chain);
    }

    @Override
    public List<VirtualDisk> disks() {
        return List.copyOf(disks);
    }

    // --- declared disks ---

    /** Something that keeps a disk for a configuration. */
    public interface Declaration {
        /** What has become of it; returns at once. */
        Declared state();

        /** A disk is being closed, by anybody; returns at once. */
        void closing(VirtualDisk disk);
    }

    /** From now on the declaration is shown, and told. */
    public void declare(Declaration declaration) {
        declarations.add(declaration);
    }

    /** It is shown and told no longer. */
    public void withdraw(Declaration declaration) {
        declarations.remove(declaration);
    }

    @Override
    public List<Declared> declared() {
        return declarations.stream()
                .map(Declaration::state)
                .sorted(Comparator.comparing(Declared::name))
                .toList();
    }

    /** Why a disk of this platform is open for reading only although writing was wanted; empty if it is not. */
    public Optional<String> refusal(VirtualDisk disk) throws DiskException {
        ChainLayer last = ((ManagedDisk) disk).chain().last();
        return last.readOnly() && !last.wanted().contains(OpenFlag.READ_ONLY)
                ? last.facts()
                        .unsure()
                        .or(() -> last.facts().refusal().map(DiskException::getMessage))
                        .or(() -> Optional.of(last.shown() + " can only be read"))
                : Optional.empty();
    }

    /** How long requests of a disk of this platform wait from now on while a format is away. */
    public void swapTimeout(VirtualDisk disk, Duration timeout) {
        ((ManagedDisk) disk).chain().swapTimeout(timeout);
    }

    @Override
    public List<Job<?>> jobs() {
        return jobs.all();
    }

    @Override
    public void delete(OpenRequest request) throws DiskException {
        Set<OpenFlag> flags = EnumSet.of(OpenFlag.INFO);
        try (VirtualDisk disk = newDisk()) {
            if (disk.open(request.withFlags(flags)).openFlags().contains(OpenFlag.READ_ONLY)) {
                throw new DiskException(
                        org.platter.error.ErrorCode.LOCKED,
                        request.location() + " cannot be opened for writing, so it is not deleted");
            }
            disk.closeLast(VirtualDisk.Disposal.DELETE);
        }
    }

    @Override
    public boolean exists(URI location) throws DiskException {
        try {
            return registry.storages(location).exists(location);
        } catch (IOException e) {
            throw Failures.at(location, e);
        }
    }
}
