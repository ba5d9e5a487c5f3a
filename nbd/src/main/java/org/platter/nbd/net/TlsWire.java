// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/**
 * An encrypted socket. The engine allows one thread to read and one to write at a time; its expensive steps go to the
 * executor. Whatever may let the conversation go on ends with a call of {@code again}.
 */
final class TlsWire implements Wire {
    private static final ByteBuffer[] NOTHING = {ByteBuffer.allocate(0)};
    private static final int RECORDS = 2;

    private final SocketChannel channel;
    private final SSLEngine engine;
    private final Executor executor;
    private final Runnable again;
    private final ByteBuffer received; // between calls: to be filled
    private final ByteBuffer encrypted; // between calls: to be drained; belongs to whoever writes
    private boolean more;
    private boolean established;
    private volatile boolean computing;

    TlsWire(SocketChannel channel, SSLEngine engine, Executor executor, Runnable again) throws SSLException {
        this.channel = channel;
        this.engine = engine;
        this.executor = executor;
        this.again = again;
        int packet = engine.getSession().getPacketBufferSize();
        received = ByteBuffer.allocateDirect(packet);
        encrypted = ByteBuffer.allocateDirect(RECORDS * packet).limit(0);
        engine.beginHandshake();
    }

    /** These bytes have been read from the socket already. */
    void prepend(ByteBuffer bytes) throws SSLException {
        if (bytes.remaining() > received.remaining()) {
            throw new SSLException("too much was sent before encryption was agreed on");
        }
        received.put(bytes);
    }

    @Override
    public long read(ByteBuffer payload, ByteBuffer rest) throws IOException {
        int before = rest.position();
        int count = channel.read(received);
        boolean full = !received.hasRemaining();
        received.flip();
        boolean on = true;
        while (on && !computing) {
            on = unwrap(rest);
        }
        boolean left = received.hasRemaining();
        received.compact();
        int decrypted = rest.position() - before;
        more = full || left && decrypted > 0;
        if (decrypted == 0 && (count < 0 || engine.isInboundDone())) {
            return END;
        }
        return decrypted;
    }

    /** Decrypts one record; false if that is not possible now. */
    private boolean unwrap(ByteBuffer rest) throws IOException {
        SSLEngineResult result = engine.unwrap(received, rest);
        if (established && engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING && !modern()) {
            // a client could keep a server busy with it, and has no need for it
            throw new SSLException("renegotiation is refused");
        }
        if (result.getHandshakeStatus() == HandshakeStatus.FINISHED) {
            established = true;
        }
        if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
            compute();
            return false;
        }
        return result.getStatus() == SSLEngineResult.Status.OK
                && result.getHandshakeStatus() != HandshakeStatus.NEED_WRAP
                && (result.bytesConsumed() > 0 || result.bytesProduced() > 0);
    }

    private boolean modern() {
        return engine.getSession().getProtocol().equals("TLSv1.3");
    }

    private void compute() {
        computing = true;
        executor.execute(() -> {
            Runnable task;
            while ((task = engine.getDelegatedTask()) != null) {
                task.run();
            }
            computing = false;
            again.run();
        });
    }

    @Override
    public boolean more() {
        return more;
    }

    @Override
    public boolean wantsToWrite() {
        return engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP;
    }

    @Override
    public boolean write(ByteBuffer[] buffers, int from, int to) throws IOException {
        while (flush()) {
            boolean data = from < to && buffers[to - 1].hasRemaining();
            boolean handshake = wantsToWrite();
            if (!data && !handshake) {
                return true;
            }
            encrypted.clear();
            try {
                wrap(data ? buffers : NOTHING, data ? from : 0, data ? to : 1);
            } finally {
                encrypted.flip();
            }
            if (handshake) {
                again.run();
            }
        }
        return false;
    }

    private void wrap(ByteBuffer[] buffers, int from, int to) throws IOException {
        int packet = engine.getSession().getPacketBufferSize();
        do {
            SSLEngineResult result = engine.wrap(buffers, from, to - from, encrypted);
            if (result.getStatus() == SSLEngineResult.Status.CLOSED && result.bytesProduced() == 0) {
                throw new ClosedChannelException();
            }
            if (result.getHandshakeStatus() == HandshakeStatus.FINISHED) {
                established = true;
            }
        } while (buffers[to - 1].hasRemaining() && encrypted.remaining() >= packet);
    }

    private boolean flush() throws IOException {
        if (encrypted.hasRemaining()) {
            channel.write(encrypted);
        }
        return !encrypted.hasRemaining();
    }

    @Override
    public void end() throws IOException {
        engine.closeOutbound();
        // the writer may be at work; then the socket's end has to do
        if (!encrypted.hasRemaining() && channel.isConnected()) {
            ByteBuffer last = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            engine.wrap(NOTHING[0].duplicate(), last);
            channel.write(last.flip());
        }
    }
}
