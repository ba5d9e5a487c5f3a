// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.platter.nbd.disk.Workers;
import org.platter.nbd.net.Budget;
import org.platter.nbd.net.BufferPool;
import org.platter.nbd.net.EventLoop;
import org.platter.nbd.session.Limits;
import org.platter.nbd.session.Negotiation;

/** What all addresses share: the loop, memory, and the number of clients. Lives while there is an export. */
final class Server {
    private static final Logger LOG = System.getLogger(Server.class.getName());
    private static final int HANDSHAKE_THREADS = 2;
    private static final int LEAST_OWN = 64 << 10;
    private static final int MOST_OWN = 256 << 10;

    private final EventLoop loop;
    private final Limits limits;
    private final Negotiation.Terms terms;
    private final Workers handshakes = new Workers("platter-nbd-tls", HANDSHAKE_THREADS);
    private final AtomicInteger clients = new AtomicInteger();
    private final AtomicInteger loops = new AtomicInteger();
    private final Set<EventLoop> ownLoops = ConcurrentHashMap.newKeySet();
    private final int mostClients;

    Server(Limits wanted) throws IOException {
        // direct buffers count against the size of the heap: a quarter of it for all, a quarter for each one's own
        long common = Math.min(wanted.commonBytes(), Runtime.getRuntime().maxMemory() / 4);
        long share = Long.highestOneBit(Math.max(1, common / wanted.connections()));
        int own = (int) Math.max(LEAST_OWN, Math.min(MOST_OWN, share));
        limits = wanted;
        mostClients = (int) Math.max(1, Math.min(wanted.connections(), common / own));
        loop = new EventLoop("platter-nbd");
        Budget budget = new Budget(loop, own, common, wanted.connectionBytes());
        terms = new Negotiation.Terms(new BufferPool(common / 2), budget, wanted, this::ownLoop);
    }

    EventLoop loop() {
        return loop;
    }

    Limits limits() {
        return limits;
    }

    Negotiation.Terms terms() {
        return terms;
    }

    /** A loop for one client alone, if there are not too many yet. */
    private Optional<EventLoop> ownLoop() {
        if (loops.incrementAndGet() > limits.ownThreads()) {
            loops.decrementAndGet();
            return Optional.empty();
        }
        try {
            EventLoop own = new EventLoop("platter-nbd-client", loops::decrementAndGet);
            ownLoops.removeIf(EventLoop::ended);
            ownLoops.add(own);
            return Optional.of(own);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "no thread for a client", e);
            loops.decrementAndGet();
            return Optional.empty();
        }
    }

    /** Runs what takes long while a connection is being encrypted. */
    Executor handshakes() {
        return handshakes;
    }

    /** Lets one more client in, if there is room. */
    boolean admit() {
        if (clients.incrementAndGet() > mostClients) {
            clients.decrementAndGet();
            return false;
        }
        return true;
    }

    /** A client has gone. */
    void release() {
        if (clients.decrementAndGet() == 0) {
            terms.buffers().clear();
        }
    }

    void close() {
        // one that waits for a disk ends when it may
        ownLoops.forEach(EventLoop::end);
        loop.close();
        handshakes.end();
    }
}
