// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.platter.container.Expectation.Promise;
import org.platter.disk.DiskManager;
import org.platter.disk.Job;
import org.platter.disk.Layer;
import org.platter.disk.VirtualDisk;

/** Where an operation on a chain is done, step by step, under the eyes of a test. */
final class Stage implements AutoCloseable {
    /** Something that a step does. */
    interface Act {
        void run() throws IOException;
    }

    /** Told what holds while a step is done, and from its end on. */
    interface Observer {
        void before(Promise during);

        void after(Promise from);
    }

    private final DiskManager manager;
    private final SmallChain chain;
    private final Observer observer;
    private final List<VirtualDisk> disks = new ArrayList<>();
    private final CompletableFuture<Job<?>> job = new CompletableFuture<>();
    private final VirtualDisk disk;
    private volatile boolean working;

    Stage(DiskManager manager, SmallChain chain, Observer observer) throws IOException {
        this.manager = manager;
        this.chain = chain;
        this.observer = observer;
        disk = open(chain.name(chain.top()));
    }

    SmallChain chain() {
        return chain;
    }

    /** The chain, open for writing. */
    VirtualDisk disk() {
        return disk;
    }

    Layer layer(int index) {
        return disk.layers().get(index);
    }

    /** Another disk, empty. */
    VirtualDisk empty() {
        VirtualDisk other = manager.newDisk();
        disks.add(other);
        return other;
    }

    /** Another disk. */
    VirtualDisk open(String top) throws IOException {
        VirtualDisk other = SmallChain.open(manager, top);
        disks.add(other);
        return other;
    }

    void step(Promise during, Act act, Promise from) throws IOException {
        observer.before(during);
        act.run();
        observer.after(from);
    }

    /** Does a job to its end. */
    void join(Supplier<Job<?>> start) throws IOException {
        working = true;
        Job<?> started = start.get();
        job.complete(started);
        started.join();
    }

    /** True from the start of the job on. */
    boolean working() {
        return working;
    }

    /** The job; waits until it has started. */
    Job<?> job() {
        return job.join();
    }

    /** True if some image of the disk says that it has lost something. */
    static boolean lost(VirtualDisk disk) {
        return disk.layers().stream().anyMatch(layer -> layer.state() == Layer.State.FAILED);
    }

    @Override
    public void close() throws IOException {
        IOException first = null;
        for (int i = disks.size() - 1; i >= 0; i--) {
            VirtualDisk closing = disks.get(i);
            boolean lost = lost(closing);
            try {
                closing.close();
            } catch (IOException e) {
                first = first == null && !lost ? e : first; // what is lost already was told, and is told again
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
