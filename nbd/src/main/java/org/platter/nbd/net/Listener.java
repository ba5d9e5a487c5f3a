// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.net;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.util.function.Consumer;

/** A socket that takes connections and hands them on, on the loop's thread. */
public final class Listener implements EventLoop.Handler {
    private static final Logger LOG = System.getLogger(Listener.class.getName());
    private static final int BACKLOG = 1024;
    private static final int ROUNDS = 64;

    private final EventLoop loop;
    private final ServerSocketChannel channel;
    private final SocketAddress address;
    private final Consumer<SocketChannel> taker;
    private SelectionKey key; // used by the loop's thread only

    private Listener(EventLoop loop, ServerSocketChannel channel, Consumer<SocketChannel> taker) throws IOException {
        this.loop = loop;
        this.channel = channel;
        this.address = channel.getLocalAddress();
        this.taker = taker;
    }

    /** Listens at the address, whose port may be 0; the taker owns what it gets. */
    public static Listener open(EventLoop loop, SocketAddress address, Consumer<SocketChannel> taker)
            throws IOException {
        boolean unix = address instanceof UnixDomainSocketAddress;
        ServerSocketChannel channel =
                unix ? ServerSocketChannel.open(StandardProtocolFamily.UNIX) : ServerSocketChannel.open();
        try {
            if (!unix) {
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            }
            channel.bind(address, BACKLOG);
            channel.configureBlocking(false);
            Listener listener = new Listener(loop, channel, taker);
            loop.execute(() -> listener.register());
            return listener;
        } catch (IOException | RuntimeException e) {
            EventLoop.closeQuietly(channel);
            throw e;
        }
    }

    private void register() {
        try {
            if (channel.isOpen()) {
                key = loop.register(channel, SelectionKey.OP_ACCEPT, this);
            }
        } catch (IOException e) {
            LOG.log(Level.ERROR, "cannot listen at " + address, e);
        }
    }

    /** Where it listens, with the port in use. */
    public SocketAddress address() {
        return address;
    }

    @Override
    public void ready(int operations) {
        try {
            for (int round = 0; round < ROUNDS; round++) {
                SocketChannel accepted = channel.accept();
                if (accepted == null) {
                    return;
                }
                take(accepted);
            }
        } catch (IOException e) {
            // no file handles, most likely: the next tick tries again, and the queue keeps those who wait
            LOG.log(Level.WARNING, "cannot take connections at " + address, e);
            key.interestOps(0);
        }
    }

    private void take(SocketChannel accepted) {
        try {
            if (address instanceof InetSocketAddress) {
                accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            taker.accept(accepted);
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.DEBUG, "a connection was gone at once", e);
            EventLoop.closeQuietly(accepted);
        }
    }

    @Override
    public void tick(long now) {
        if (key.isValid()) {
            key.interestOps(SelectionKey.OP_ACCEPT);
        }
    }

    /** Stops listening; when it returns, others can listen there. Connections stay. */
    @Override
    public void close() {
        loop.call(() -> EventLoop.closeQuietly(channel));
        loop.call(this::settle);
        if (address instanceof UnixDomainSocketAddress unix) {
            try {
                Files.deleteIfExists(unix.getPath());
            } catch (IOException e) {
                LOG.log(Level.DEBUG, "cannot remove " + unix, e);
            }
        }
    }

    private void settle() {
        try {
            loop.settle();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the address is free a little later", e);
        }
    }
}
