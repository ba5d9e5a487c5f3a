// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.platter.container.chain.Chain;
import org.platter.container.chain.Format;
import org.platter.container.chain.Swap;
import org.platter.container.job.Jobs;
import org.platter.disk.DiskManager;
import org.platter.disk.DiskOptions;
import org.platter.disk.FormatInfo;
import org.platter.disk.Job;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;

/** The service that makes disks, and what they share: jobs, threads, the swapping of formats. */
@Component(service = {DiskManager.class, PlatterDiskManager.class})
public final class PlatterDiskManager implements DiskManager, FormatRegistry.Watcher {
    private static final Logger LOG = System.getLogger(PlatterDiskManager.class.getName());
    private static final int REQUEST_THREADS = 16;

    private final FormatRegistry registry;
    private final Jobs jobs = new Jobs();
    private final ThreadPoolExecutor requestThreads = requestPool();
    private final CopyOnWriteArrayList<Chain> chains = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<Swap.Watcher> layerWatchers = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<ManagedDisk> disks = new CopyOnWriteArrayList<>();

    /** Called by the framework. */
    @Activate
    public PlatterDiskManager(@Reference FormatRegistry registry) {
        this.registry = registry;
        registry.watch(this);
    }

    private static ThreadPoolExecutor requestPool() {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                REQUEST_THREADS, REQUEST_THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
                    Thread thread = new Thread(work, "platter-request");
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
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
    }

    /** All chains that images may be open in. */
    List<Chain> chains() {
        return List.copyOf(chains);
    }

    Jobs jobEngine() {
        return jobs;
    }

    Executor requestThreads() {
        return requestThreads;
    }

    // --- formats that come and go ---

    @Override
    public void arrived(Format format) {
        chains.forEach(chain -> chain.swap().arrive());
    }

    @Override
    public void left(Format format) {
        chains.forEach(chain -> chain.swap().leave(format));
        requestThreads.execute(LastRecord::forget);
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

    FormatInfo describe(Format format) {
        int open = (int) chains.stream()
                .flatMap(chain -> chain.layers().stream())
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
        Chain chain = newChain(options);
        ManagedDisk disk = new ManagedDisk(this, chain);
        disks.add(disk);
        return disk;
    }

    /** A chain that formats are swapped under, but no disk of a user. */
    Chain newChain() {
        return newChain(DiskOptions.DEFAULT);
    }

    private Chain newChain(DiskOptions options) {
        Chain chain = new Chain(registry, options, this::changed);
        chains.add(chain);
        return chain;
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

    FormatRegistry registry() {
        return registry;
    }

    void forget(ManagedDisk disk) {
        disks.remove(disk);
        chains.remove(disk.chain());
    }

    @Override
    public List<VirtualDisk> disks() {
        return List.copyOf(disks);
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
            throw org.platter.container.chain.Failures.at(location, e);
        }
    }
}
