// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A bad network between initiator and target: cuts every connection after so many bytes, corrupts one byte, delivers in
 * pieces of one byte. Counts bytes of both directions together. Knobs apply to connections that are made later.
 */
final class Proxy implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int target;
    private final List<Socket> sockets = Collections.synchronizedList(new ArrayList<>());
    final AtomicInteger connections = new AtomicInteger();
    final AtomicLong bytes = new AtomicLong();

    /** Cut the first connection after so many bytes of both directions; no cut if negative. */
    volatile long cutAfter = -1;
    /** Flip a bit of that byte from the target, once. */
    volatile long corruptAt = -1;
    /** Deliver byte by byte. */
    volatile boolean dribble;

    Proxy(int target) throws IOException {
        this.target = target;
        Thread thread = new Thread(this::accept, "proxy");
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket near = server.accept();
                Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
                near.setTcpNoDelay(true);
                far.setTcpNoDelay(true);
                sockets.add(near);
                sockets.add(far);
                boolean first = connections.getAndIncrement() == 0;
                AtomicLong left = new AtomicLong(first && cutAfter >= 0 ? cutAfter : Long.MAX_VALUE);
                forward(near, far, left, false);
                forward(far, near, left, true);
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void forward(Socket from, Socket to, AtomicLong left, boolean fromTarget) {
        Thread thread = new Thread(
                () -> {
                    byte[] buffer = new byte[64 << 10];
                    try {
                        InputStream in = from.getInputStream();
                        OutputStream out = to.getOutputStream();
                        int count;
                        while ((count = in.read(buffer)) >= 0) {
                            long before = left.getAndAdd(-count);
                            int allowed = (int) Math.max(0, Math.min(count, before));
                            if (fromTarget && corruptAt >= 0) {
                                corrupt(buffer, allowed);
                            }
                            bytes.addAndGet(allowed);
                            write(out, buffer, allowed);
                            if (allowed < count || left.get() <= 0) {
                                break;
                            }
                        }
                    } catch (IOException e) {
                        // the other side has gone
                    } finally {
                        hangUp(from);
                        hangUp(to);
                    }
                },
                "proxy " + (fromTarget ? "in" : "out"));
        thread.setDaemon(true);
        thread.start();
    }

    private synchronized void corrupt(byte[] buffer, int count) {
        if (corruptAt >= 0 && corruptAt < count) {
            buffer[(int) corruptAt] ^= 0x10;
            corruptAt = -1;
        } else if (corruptAt >= 0) {
            corruptAt -= count;
        }
    }

    private void write(OutputStream out, byte[] buffer, int count) throws IOException {
        if (!dribble) {
            out.write(buffer, 0, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            out.write(buffer, i, 1);
        }
    }

    private static void hangUp(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // gone
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        synchronized (sockets) {
            sockets.forEach(Proxy::hangUp);
        }
    }
}
