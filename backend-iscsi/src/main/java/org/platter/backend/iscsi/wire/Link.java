// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.wire;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * One TCP connection. {@link #await}, {@link #receive} and {@link #receiver()} are for one thread at a time,
 * {@link #sender()} for one, which may be another; {@link #wakeUp}, {@link #wantWrite} and {@link #close} for any.
 */
public final class Link implements Closeable {
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final Receiver receiver;
    private final Sender sender = new Sender();
    private final InetSocketAddress local;
    private int ready;

    /** Takes over a connected channel; closes it on failure. */
    public Link(SocketChannel connected, int mostData) throws IOException {
        channel = connected;
        receiver = new Receiver(mostData);
        Selector opened = null;
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            local = (InetSocketAddress) channel.getLocalAddress();
            opened = Selector.open();
            key = channel.register(opened, SelectionKey.OP_READ);
        } catch (IOException | RuntimeException e) {
            channel.close();
            if (opened != null) {
                opened.close();
            }
            throw e;
        }
        selector = opened;
    }

    /** The receiving half. */
    public Receiver receiver() {
        return receiver;
    }

    /** The sending half. */
    public Sender sender() {
        return sender;
    }

    /** The channel. */
    public SocketChannel channel() {
        return channel;
    }

    /** Our end of the connection. */
    public InetSocketAddress local() {
        return local;
    }

    /** Waits until the channel is ready, {@link #wakeUp} is called or the time is over; 0 only looks. */
    public void await(long millis) throws IOException {
        try {
            ready = 0;
            int keys = millis <= 0
                    ? selector.selectNow(k -> ready = k.readyOps())
                    : selector.select(k -> ready = k.readyOps(), millis);
            if (keys == 0 && !channel.isOpen()) {
                throw new ClosedChannelException();
            }
            if ((ready & SelectionKey.OP_READ) != 0) {
                receiver.ready();
            }
        } catch (CancelledKeyException | ClosedSelectorException e) {
            throw new ClosedChannelException();
        }
    }

    /** True if the last {@link #await} found bytes to read. */
    public boolean readable() {
        return (ready & SelectionKey.OP_READ) != 0;
    }

    /** True if the last {@link #await} found room to write, after {@link #wantWrite}. */
    public boolean writable() {
        return (ready & SelectionKey.OP_WRITE) != 0;
    }

    /** Switches whether {@link #await} also waits for room to write. */
    public void wantWrite(boolean wanted) throws IOException {
        try {
            key.interestOps(wanted ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        } catch (CancelledKeyException e) {
            throw new ClosedChannelException();
        }
    }

    /** Ends a running or the next {@link #await}. */
    public void wakeUp() {
        selector.wakeup();
    }

    /** Writes all that the sender holds, before the deadline of {@link System#nanoTime()}. */
    public void flush(long deadline) throws IOException {
        while (!sender.write(channel)) {
            wantWrite(true);
            awaitUntil(deadline);
        }
        wantWrite(false);
    }

    /** The next PDU, before the deadline; its data segment is kept. For the times when nothing else goes on. */
    public Pdu receive(long deadline) throws IOException {
        while (true) {
            Pdu pdu = receiver.poll(channel, (header, length) -> (ByteBuffer) null);
            if (pdu != null) {
                return pdu;
            }
            awaitUntil(deadline);
        }
    }

    private void awaitUntil(long deadline) throws IOException {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
            throw new SocketTimeoutException("the target did not answer in time");
        }
        await(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("interrupted");
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
        selector.close();
    }
}
