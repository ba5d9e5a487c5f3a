// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.net;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;

/**
 * One client's connection: bytes come in on the loop's thread and go to the present {@link Phase}; replies go out from
 * any thread. It may move to a loop of its own, where its phase may wait. {@link #send}, {@link #kick}, {@link #onLoop},
 * {@link #close}, {@link #cut} and {@link #resume} may be called on any thread, the rest on the loop's.
 */
public final class Connection implements EventLoop.Handler {
    private static final Logger LOG = System.getLogger(Connection.class.getName());
    private static final int ROUNDS = 8;

    private final SocketChannel channel;
    private final long stallNanos;
    private final Output output = new Output(this);
    private final Input input;
    private Phase phase;
    private Runnable closing = () -> {};
    private boolean paused;
    private boolean ending;
    private boolean receiving;
    private boolean again;
    private boolean listening = true;
    private long lastRead = System.nanoTime();
    private volatile EventLoop loop;
    private volatile SelectionKey key;
    private volatile boolean alone;
    private volatile Wire wire;
    private volatile boolean closed;
    private volatile boolean finishing;

    /** A connection on an accepted socket; {@link #start} makes it live. */
    public Connection(EventLoop loop, SocketChannel channel, BufferPool buffers, long stallMillis) {
        this.loop = loop;
        this.channel = channel;
        this.input = new Input(buffers);
        this.stallNanos = TimeUnit.MILLISECONDS.toNanos(stallMillis);
        this.wire = new PlainWire(channel);
    }

    /** What is spoken on a connection now; called on the loop's thread. */
    public interface Phase {
        /** The first bytes go here, if not null; the rest to {@link #received}. */
        default ByteBuffer payload() {
            return null;
        }

        /** Takes what it can from the front of {@code bytes}; sees the rest again, with more behind it. */
        void received(ByteBuffer bytes);

        /** The peer sends no more; nothing is left that could be taken. */
        void ended();

        /** True if nothing is under way, so that a connection that is to finish may close. */
        boolean idle();

        /** About half a second has passed. */
        void tick(long now);

        /** The connection is closed; called once, the last call of all. */
        void closed();
    }

    /** Starts with that phase. */
    public void start(Phase first) throws IOException {
        phase = first;
        key = loop.register(channel, SelectionKey.OP_READ, this);
    }

    /** Runs the task when the connection is closed, on the loop's thread; set before {@link #start}. */
    public void whenClosed(Runnable task) {
        closing = task;
    }

    /** Goes on with another phase, which gets what the present one has left. */
    public void enter(Phase next) {
        phase = next;
    }

    /** Runs the task on the thread of the loop that serves this connection, now if this is it. */
    public void onLoop(Runnable task) {
        EventLoop present = loop;
        if (present.inside()) {
            task.run();
        } else {
            // by the time it runs the connection may have moved
            present.execute(() -> onLoop(task));
        }
    }

    /** Runs the task on the thread of the loop that serves this connection, after what runs there now. */
    public void later(Runnable task) {
        loop.execute(() -> onLoop(task));
    }

    /** True on the thread of a loop that serves nobody else, so that waiting keeps nobody else waiting. */
    public boolean mayWait() {
        return alone && loop.inside();
    }

    /** Moves to a loop of its own, which ends with the connection. */
    public void move(EventLoop own) {
        loop.execute(() -> {
            if (closed || !output.idle()) {
                own.end();
                return;
            }
            key.cancel();
            loop = own;
            own.execute(() -> settle(own));
        });
    }

    private void settle(EventLoop own) {
        Runnable before = closing;
        closing = () -> {
            own.end();
            before.run();
        };
        alone = true;
        try {
            // whoever found the old key cancelled waits to write: the first event of the new one wakes him
            listening = true;
            key = own.register(channel, SelectionKey.OP_READ | SelectionKey.OP_WRITE, this);
            receive();
        } catch (IOException e) {
            fail(e);
        }
    }

    /** Sends what is held back, in the middle of {@link Phase#received}. */
    public void flush() {
        output.flush();
    }

    /** Sends a reply; an unfinished one keeps others back. */
    public void send(Reply reply) {
        output.send(reply);
    }

    /** Tells that an unfinished reply has its next part. */
    public void kick() {
        output.kick();
    }

    /** Takes no more input until {@link #resume()}. */
    public void pause() {
        paused = true;
    }

    /** Undoes {@link #pause()} within the same call of the phase. */
    public void unpause() {
        paused = false;
    }

    /** True if input is not taken now. */
    public boolean paused() {
        return paused;
    }

    /** Takes input again, beginning with what is left over. */
    public void resume() {
        onLoop(() -> {
            if (!closed && !finishing) {
                paused = false;
                receive();
            }
        });
    }

    /** Reads no more, and closes when all replies are sent. */
    public void finish() {
        finishing = true;
        pause();
        finishIfIdle();
    }

    /** Looks again whether a connection that is to finish may close; on any thread. */
    public void finishIfIdle() {
        if (finishing && !closed) {
            later(() -> {
                if (!closed && phase.idle() && output.idle()) {
                    close();
                }
            });
        }
    }

    /** Encrypts from now on; what is left over is part of that already. Nothing may be waiting to be sent. */
    public void encrypt(SSLEngine engine, Executor executor) throws IOException {
        TlsWire tls = new TlsWire(channel, engine, executor, () -> later(this::converse));
        tls.prepend(input.drain());
        wire = tls;
        converse();
    }

    private void converse() {
        if (!closed) {
            output.kick();
            receive();
        }
    }

    @Override
    public void ready(int operations) {
        if ((operations & SelectionKey.OP_WRITE) != 0) {
            key.interestOpsAnd(~SelectionKey.OP_WRITE);
            output.resume();
        }
        if ((operations & SelectionKey.OP_READ) != 0 && !closed) {
            receive();
        }
    }

    private void receive() {
        if (receiving) {
            // a reply that was sent on the way has ended a pause
            again = true;
            return;
        }
        receiving = true;
        try {
            do {
                again = false;
                receiveRounds();
            } while (again);
        } catch (IOException e) {
            fail(e);
        } finally {
            receiving = false;
        }
        if (!closed) {
            input.shrink();
            listen(!paused && !ending);
        }
    }

    private void receiveRounds() throws IOException {
        for (int round = 0; !paused && !closed; round++) {
            if (round == ROUNDS) {
                // others have their turn; what is in the wire's own buffer wakes nobody
                later(this::receive);
                return;
            }
            if (!receiveOnce()) {
                return;
            }
        }
    }

    private void listen(boolean on) {
        if (listening != on) {
            listening = on;
            if (on) {
                key.interestOpsOr(SelectionKey.OP_READ);
            } else {
                key.interestOpsAnd(~SelectionKey.OP_READ);
            }
        }
    }

    /** True if there may be more at once. */
    private boolean receiveOnce() throws IOException {
        ByteBuffer bytes = input.open();
        int before = bytes.position();
        long count = ending ? Wire.END : wire.read(phase.payload(), bytes);
        if (wire.wantsToWrite()) {
            output.kick();
        }
        if (count > 0) {
            lastRead = System.nanoTime();
        }
        if (count > 0 || before > 0) {
            offer(bytes.flip());
        }
        if (count == Wire.END && !ending && !paused && !closed) {
            ending = true;
            phase.ended();
        }
        return wire.more() && !ending;
    }

    private void offer(ByteBuffer bytes) {
        // where requests are carried out at once, their replies share system calls
        if (alone) {
            output.hold();
        }
        try {
            Phase before;
            do {
                before = phase;
                before.received(bytes);
            } while (phase != before && !closed);
        } finally {
            output.release();
        }
        if (!closed) {
            bytes.compact().limit(Input.ROOM);
        }
    }

    /** Since when nothing has come in. */
    public long lastRead() {
        return lastRead;
    }

    @Override
    public void tick(long now) {
        if (output.stalled(now, stallNanos)) {
            LOG.log(Level.DEBUG, "a client does not read its replies");
            close();
        } else {
            phase.tick(now);
        }
    }

    @Override
    public void close() {
        onLoop(this::closeHere);
    }

    /** Hangs up, even while the loop's thread waits for something; on any thread. */
    public void cut() {
        EventLoop.closeQuietly(channel);
        close();
    }

    private void closeHere() {
        if (!closed) {
            closed = true;
            try {
                wire.end();
            } catch (IOException e) {
                LOG.log(Level.TRACE, "no good-bye", e);
            }
            EventLoop.closeQuietly(channel);
            output.resume();
            input.close();
            phase.closed();
            closing.run();
        }
    }

    /** True if the connection is closed. */
    public boolean closed() {
        return closed;
    }

    Wire wire() {
        return wire;
    }

    void awaitWritable() {
        loop.await(key, SelectionKey.OP_WRITE);
    }

    /** Everything handed over has been sent. */
    void sent() {
        finishIfIdle();
    }

    void fail(IOException e) {
        LOG.log(Level.DEBUG, "a connection broke", e);
        close();
    }
}
