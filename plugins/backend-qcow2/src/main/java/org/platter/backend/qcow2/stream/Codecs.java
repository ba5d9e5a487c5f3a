// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.stream;

import java.io.IOException;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.platter.backend.qcow2.layout.Bad;

/** Codecs with their buffers, as many as threads use at once. Safe for use by many threads. */
public final class Codecs {
    private final int type;
    private final int cluster;
    private final ConcurrentLinkedQueue<Worker> idle = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;

    /** For streams of that type in clusters of that many bytes. */
    public Codecs(int type, int cluster) {
        this.type = type;
        this.cluster = cluster;
    }

    /** A codec with buffers for one cluster and one stream. */
    static final class Worker {
        final Codec codec;
        final byte[] plain;
        final byte[] packed;

        Worker(Codec codec, int cluster) {
            this.codec = codec;
            plain = new byte[cluster];
            packed = new byte[2 * cluster + 1024];
        }
    }

    /** What is done with a codec. */
    @FunctionalInterface
    interface Use<T> {
        T of(Worker worker) throws IOException;
    }

    /** Lends a codec. */
    <T> T use(Use<T> use) throws IOException {
        Worker worker = null;
        try {
            worker = idle.poll();
            worker = worker == null ? new Worker(Codec.of(type), cluster) : worker;
            return use.of(worker);
        } catch (LinkageError | UnsupportedOperationException e) {
            throw Bad.unsupported("zstd needs the package sun.misc, which this Java or framework does not give: " + e);
        } finally {
            giveBack(worker);
        }
    }

    private void giveBack(Worker worker) {
        if (worker != null && closed) {
            worker.codec.close();
        } else if (worker != null) {
            idle.add(worker);
        }
    }

    /** Gives memory back. */
    public void close() {
        closed = true;
        for (Worker worker = idle.poll(); worker != null; worker = idle.poll()) {
            worker.codec.close();
        }
    }
}
