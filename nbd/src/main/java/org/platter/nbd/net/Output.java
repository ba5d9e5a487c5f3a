// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The sending half of a connection. Any thread hands over replies; whoever finds nobody sending sends, his own and what
 * others add meanwhile, so that a reply needs no change of threads and several replies share a system call. When the
 * socket takes no more the turn stays taken until the loop finds that it does again.
 */
final class Output {
    private static final int LINE = 64;
    private static final int STAGING = 4096;

    private final Connection connection;
    private final Queue<Reply> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger turns = new AtomicInteger();
    private final AtomicBoolean blocked = new AtomicBoolean();
    private volatile long progress;
    private boolean holding; // used by the loop's thread only

    // what follows belongs to whoever has the turn
    private final ByteBuffer[] line = new ByteBuffer[LINE];
    private final Reply[] owners = new Reply[LINE];
    private final ByteBuffer staging = ByteBuffer.allocateDirect(STAGING);
    private int from;
    private int to;
    private Reply holder;

    Output(Connection connection) {
        this.connection = connection;
    }

    /** Sends a reply after those that were handed over before, small ones first. */
    void send(Reply reply) {
        queue.add(reply);
        kick();
    }

    /** Sends what there is to send: an unfinished reply has its next part, or the wire has something to say. */
    void kick() {
        if (turns.getAndIncrement() == 0) {
            run();
        }
    }

    /** Holds replies back until {@link #release()}, unless somebody sends; on the loop's thread. */
    void hold() {
        holding = turns.compareAndSet(0, 1);
    }

    /** Sends what is held back so far. */
    void flush() {
        if (holding) {
            holding = push();
        }
    }

    /** Sends what was held back, and holds no more. */
    void release() {
        if (holding) {
            holding = false;
            run();
        }
    }

    /** The socket takes bytes again, or is closed; on the loop's thread. */
    void resume() {
        if (blocked.compareAndSet(true, false)) {
            run();
        }
    }

    /** True if everything handed over has been sent. */
    boolean idle() {
        return turns.get() == 0;
    }

    /** True if the socket has taken nothing for so long, though there is something to send. */
    boolean stalled(long now, long nanos) {
        return blocked.get() && now - progress > nanos;
    }

    private void run() {
        int seen;
        do {
            seen = turns.get();
            if (!push()) {
                return;
            }
        } while (turns.addAndGet(-seen) != 0);
        connection.sent();
    }

    /** Sends all there is; false if the turn was left to the loop. */
    private boolean push() {
        while (!connection.closed()) {
            try {
                if (pushOpen()) {
                    return true;
                }
            } catch (IOException e) {
                connection.fail(e);
                break;
            }
            progress = System.nanoTime();
            blocked.set(true);
            // closed before the line above: then nobody else takes the turn
            if (!connection.closed() || !blocked.compareAndSet(true, false)) {
                connection.awaitWritable();
                return false;
            }
        }
        drop();
        return true;
    }

    private boolean pushOpen() throws IOException {
        while (true) {
            boolean any = from < to || fill();
            boolean all = connection.wire().write(line, from, to);
            advance();
            if (!all) {
                return false;
            }
            if (!any) {
                return true;
            }
        }
    }

    private boolean fill() {
        from = 0;
        to = 0;
        if (holder != null) {
            return enter(holder);
        }
        staging.clear();
        line[to++] = staging;
        Reply reply;
        while (to < LINE && staging.remaining() >= Reply.SMALL && (reply = queue.poll()) != null) {
            if (reply.small()) {
                reply.put(staging);
                reply.written();
            } else {
                enter(reply);
                if (reply.unfinished()) {
                    break;
                }
            }
        }
        if (!staging.flip().hasRemaining()) {
            from = 1;
        }
        return from < to;
    }

    private boolean enter(Reply reply) {
        ByteBuffer part = reply.part();
        if (part == null) {
            return false;
        }
        line[to] = part;
        owners[to++] = reply;
        return true;
    }

    private void advance() {
        while (from < to && !line[from].hasRemaining()) {
            Reply owner = owners[from];
            line[from] = null;
            owners[from++] = null;
            if (owner != null) {
                holder = owner.unfinished() ? owner : null;
                owner.written();
            }
        }
    }

    private void drop() {
        for (; from < to; from++) {
            if (owners[from] != null) {
                owners[from].dropped();
            }
            holder = holder == owners[from] ? null : holder;
            line[from] = null;
            owners[from] = null;
        }
        if (holder != null) {
            holder.dropped();
            holder = null;
        }
        Reply reply;
        while ((reply = queue.poll()) != null) {
            reply.dropped();
        }
    }
}
