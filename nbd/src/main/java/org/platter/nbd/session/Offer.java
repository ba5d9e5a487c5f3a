// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.session;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.platter.disk.VirtualDisk;
import org.platter.export.ExportRequest;
import org.platter.nbd.disk.Counters;
import org.platter.nbd.disk.ServedDisk;
import org.platter.nbd.disk.Workers;

/** A disk on offer, and who uses it. Safe for use by many threads. */
public final class Offer {
    private final ExportRequest request;
    private final VirtualDisk disk;
    private final Workers workers;
    private final ServedDisk served;
    private final Counters counters = new Counters();
    private final Set<Transmission> users = new LinkedHashSet<>(); // guarded by this
    private boolean closed; // guarded by this
    private volatile Guests guests = came -> {};

    /** The disk under the name of the request. */
    public Offer(ExportRequest request, VirtualDisk disk, int threads) {
        this.request = request;
        this.disk = disk;
        this.workers = new Workers("platter-nbd-" + request.name(), threads);
        this.served = new ServedDisk(disk, workers);
    }

    /** Told of clients that come and go, on the loop's thread. */
    public interface Guests {
        /** One has come, or gone. */
        void changed(boolean came);
    }

    /** Tells of clients from now on. */
    public void whenUsersChange(Guests told) {
        guests = told;
    }

    /** What was asked for. */
    public ExportRequest request() {
        return request;
    }

    /** The disk as clients see it. */
    public ServedDisk disk() {
        return served;
    }

    /** What clients did. */
    public Counters counters() {
        return counters;
    }

    /** True if clients can only read now. */
    public boolean readOnly() {
        return request.readOnly() || disk.readOnly();
    }

    /** Lets a client in; false if the offer is closed. */
    boolean join(Transmission user) {
        synchronized (this) {
            if (closed) {
                return false;
            }
            users.add(user);
            counters.come();
        }
        guests.changed(true);
        return true;
    }

    /** The client has gone. */
    void leave(Transmission user) {
        synchronized (this) {
            if (!users.remove(user)) {
                return;
            }
            counters.go();
            notifyAll();
        }
        guests.changed(false);
    }

    /** Lets nobody in, lets those inside get their answers for some time, and waits until they are gone. */
    public void close(long millis) {
        List<Transmission> inside;
        synchronized (this) {
            closed = true;
            inside = new ArrayList<>(users);
        }
        inside.forEach(Transmission::drain);
        if (!awaitEmpty(millis)) {
            inside.forEach(Transmission::cut);
            awaitEmpty(millis);
        }
        workers.end();
    }

    private synchronized boolean awaitEmpty(long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        try {
            long left;
            while (!users.isEmpty() && (left = end - System.nanoTime()) > 0) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return users.isEmpty();
    }
}
