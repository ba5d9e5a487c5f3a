// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.session;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.platter.nbd.disk.Completion;
import org.platter.nbd.disk.ServedDisk;
import org.platter.nbd.net.Budget;
import org.platter.nbd.net.BufferPool;
import org.platter.nbd.net.Connection;
import org.platter.nbd.protocol.Command;
import org.platter.nbd.protocol.Errno;
import org.platter.nbd.protocol.ReplyStyle;
import org.platter.nbd.protocol.Request;
import org.platter.nbd.protocol.Rules;

/**
 * The second phase: requests come in on the loop's thread and start at once, as far as the limits allow; else nothing
 * more is read until others have ended.
 */
final class Transmission implements Connection.Phase {
    /** What the one metadata context is called by number. */
    static final int ALLOCATION_ID = 1;

    private static final Logger LOG = System.getLogger(Transmission.class.getName());
    private static final long MAX_SKIP = 2L * Rules.MAX_DATA;
    private static final long HELD = 128 << 10;
    private static final long ENOUGH = 2 << 20;

    private final Connection connection;
    private final Offer offer;
    private final BufferPool buffers;
    private final Budget.Account account;
    private final int own;
    private final Limits limits;
    private final Rules rules;
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile boolean full;
    private volatile boolean choked;
    private volatile boolean draining;
    private WriteOperation writing;
    private RefusedOperation refused; // its data is being read over
    private long skip;
    private boolean midway;
    private long held;

    Transmission(Connection connection, Offer offer, Negotiation.Terms terms, Rules rules) {
        this.connection = connection;
        this.offer = offer;
        this.buffers = terms.buffers();
        this.account = terms.budget().account();
        this.own = terms.budget().own();
        this.limits = terms.limits();
        this.rules = rules;
    }

    Connection connection() {
        return connection;
    }

    Offer offer() {
        return offer;
    }

    BufferPool buffers() {
        return buffers;
    }

    Budget.Account account() {
        return account;
    }

    ReplyStyle style() {
        return rules.style();
    }

    /** Bytes of the disk, as the client was told. */
    long size() {
        return rules.size();
    }

    @Override
    public ByteBuffer payload() {
        return writing == null ? null : writing.target();
    }

    @Override
    public void received(ByteBuffer bytes) {
        while (step(bytes)) {
            // one message, or part of one, after the other
        }
        midway = writing != null || skip > 0 || bytes.hasRemaining();
    }

    private boolean step(ByteBuffer bytes) {
        if (connection.closed()) {
            return false;
        }
        if (writing != null) {
            return fill(bytes);
        }
        if (skip > 0) {
            int count = (int) Math.min(skip, bytes.remaining());
            bytes.position(bytes.position() + count);
            skip -= count;
            if (skip == 0) {
                answerRefused();
            }
            return skip == 0;
        }
        int header = Request.bytes(style());
        if (bytes.remaining() < header) {
            return false;
        }
        if (!Request.recognised(bytes, style())) {
            LOG.log(Level.DEBUG, "no request where one should be");
            connection.close();
            return false;
        }
        Operation operation = hasRoom() ? admit(Request.peek(bytes, style())) : null;
        if (operation == null) {
            return false;
        }
        bytes.position(bytes.position() + header);
        underWay.incrementAndGet();
        operation.start();
        sendSome(operation.request.length());
        return true;
    }

    /** Where replies share system calls, those of many requests or of much data do not wait for the rest. */
    private void sendSome(long length) {
        held += Math.min(length, HELD) + HELD / 16;
        if (held >= HELD) {
            held = 0;
            connection.flush();
        }
    }

    /** Reads on this thread if that is quicker than handing it to another. */
    void read(ByteBuffer dst, long offset, Completion then) {
        if (connection.mayWait() && offer.disk().quick()) {
            offer.disk().readHere(dst, offset, then);
        } else {
            offer.disk().read(dst, offset, then);
        }
    }

    /** Writes on this thread if that is quicker than handing it to another. */
    void write(ByteBuffer src, long offset, Completion then) {
        if (connection.mayWait() && offer.disk().quick()) {
            offer.disk().writeHere(src, offset, then);
        } else {
            offer.disk().write(src, offset, then);
        }
    }

    private boolean hasRoom() {
        if (underWay.get() < limits.requests()) {
            return true;
        }
        full = true;
        connection.pause();
        // those that ended before the lines above have woken nobody
        if (underWay.get() > limits.requests() / 2) {
            return false;
        }
        full = false;
        connection.unpause();
        return true;
    }

    /** Something under way has ended, its reply included. */
    void leave() {
        int left = underWay.decrementAndGet();
        if (full && left <= limits.requests() / 2) {
            full = false;
            connection.resume();
        }
        if (choked && account.held() <= ENOUGH / 2) {
            choked = false;
            connection.resume();
        }
        if (left == 0) {
            if (draining) {
                connection.onLoop(this::finishDrained);
            }
            connection.finishIfIdle();
        }
    }

    /** What to do for the request; null if there is no memory for it now, and the connection is paused. */
    private Operation admit(Request request) {
        long payload = request.payload(style());
        Errno error = judge(request);
        if (error != Errno.NONE
                || request.type() == Command.DISCONNECT
                || payload > 0 && request.type() != Command.WRITE) {
            return refusal(request, payload, error);
        }
        ServedDisk disk = offer.disk();
        return switch (request.type()) {
            case Command.READ -> request.length() == 0 ? nothing(request) : read(request);
            case Command.WRITE -> request.length() == 0 ? nothing(request) : new WriteOperation(this, request);
            case Command.FLUSH -> plain(request, disk::flush);
            case Command.TRIM -> plain(request, c -> disk.discard(request.offset(), request.length(), c));
            case Command.CACHE -> cache(request);
            case Command.WRITE_ZEROES ->
                request.length() == 0 ? nothing(request) : PlainOperation.zeroes(this, request);
            default -> status(request);
        };
    }

    private Operation refusal(Request request, long payload, Errno error) {
        if (payload < 0 || payload > MAX_SKIP) {
            LOG.log(Level.DEBUG, "a request with too much data");
            connection.close();
            return null;
        }
        if (request.type() == Command.DISCONNECT && error == Errno.NONE) {
            connection.finish();
            return null;
        }
        return new RefusedOperation(this, request, payload, error == Errno.NONE ? Errno.EINVAL : error);
    }

    /** So many bytes come next that nobody wants. */
    void readOver(RefusedOperation operation, long payload) {
        refused = operation;
        skip = payload;
    }

    private Errno judge(Request request) {
        if (request.type() == Command.DISCONNECT) {
            return Errno.NONE;
        }
        return draining ? Errno.ESHUTDOWN : rules.judge(request);
    }

    private Operation nothing(Request request) {
        return plain(request, c -> c.completed(null));
    }

    private Operation plain(Request request, Consumer<Completion> work) {
        return new PlainOperation(this, request, work);
    }

    private Operation read(Request request) {
        int room = ahead(request) ? 0 : room(request.length());
        return room == 0 ? null : new ReadOperation(this, request, room);
    }

    /** True, and the connection is paused, if a quick disk would be read further ahead of the client than is useful. */
    private boolean ahead(Request request) {
        if (!connection.mayWait()
                || account.held() + request.length() <= ENOUGH
                || !offer.disk().quick()) {
            return false;
        }
        choked = true;
        connection.pause();
        // what was sent before the lines above has woken nobody
        if (account.held() > ENOUGH / 2) {
            return true;
        }
        choked = false;
        connection.unpause();
        return false;
    }

    private Operation cache(Request request) {
        if (request.length() == 0) {
            return nothing(request);
        }
        int room = room(request.length());
        return room == 0 ? null : new CacheOperation(this, request, room);
    }

    private Operation status(Request request) {
        int room = room(StatusOperation.bytes(request, style()));
        return room == 0 ? null : new StatusOperation(this, request, room);
    }

    /** Takes memory for so many bytes or for part of them; 0 if there is none now, and the connection is paused. */
    private int room(long bytes) {
        int wanted = BufferPool.sizeFor((int) Math.min(bytes, Limits.PIECE));
        if (account.take(wanted)) {
            return wanted;
        }
        int least = Math.min(wanted, own);
        connection.pause();
        if (account.take(least, connection::resume)) {
            connection.unpause();
            return least;
        }
        return 0;
    }

    /** Data of a write comes next. */
    void receive(WriteOperation write) {
        writing = write;
    }

    private boolean fill(ByteBuffer bytes) {
        WriteOperation write = writing;
        if (write.target() == null && !write.stored()) {
            int room = room(write.missing());
            if (room == 0) {
                return false;
            }
            write.open(room);
        }
        ByteBuffer target = write.target();
        int count = Math.min(target.remaining(), bytes.remaining());
        target.put(bytes.slice(bytes.position(), count));
        bytes.position(bytes.position() + count);
        if (!write.stored()) {
            return write.target() == null;
        }
        // unless the connection was closed on the way
        if (writing == write) {
            writing = null;
            write.finished();
            sendSome(write.request.length());
        }
        return true;
    }

    /** Counts a request that is answered. */
    void count(Request request, boolean failed, long nanos) {
        long bytes = failed ? 0 : request.length();
        switch (request.type()) {
            case Command.READ -> offer.counters().read(bytes, nanos);
            case Command.WRITE, Command.WRITE_ZEROES -> offer.counters().write(bytes, nanos);
            default -> offer.counters().other(nanos);
        }
        if (failed) {
            offer.counters().error();
        }
    }

    /** Answers what is under way, refuses the rest, and hangs up. */
    void drain() {
        draining = true;
        connection.onLoop(this::finishDrained);
    }

    private void finishDrained() {
        if (underWay.get() == 0) {
            connection.finish();
        }
    }

    /** Hangs up. */
    void cut() {
        connection.cut();
    }

    @Override
    public void ended() {
        stopReceiving();
        connection.finish();
    }

    private void answerRefused() {
        if (refused != null) {
            RefusedOperation operation = refused;
            refused = null;
            operation.answer();
        }
    }

    private void stopReceiving() {
        answerRefused();
        if (writing != null) {
            WriteOperation cut = writing;
            writing = null;
            cut.abort();
        }
    }

    @Override
    public boolean idle() {
        return underWay.get() == 0;
    }

    @Override
    public void tick(long now) {
        long quiet = TimeUnit.NANOSECONDS.toMillis(now - connection.lastRead());
        boolean stalled = midway && !connection.paused() && quiet > limits.stallMillis();
        boolean idle = limits.idleMillis() > 0 && underWay.get() == 0 && quiet > limits.idleMillis();
        if (stalled || idle) {
            LOG.log(Level.DEBUG, "a client has been quiet for too long");
            connection.close();
        }
    }

    @Override
    public void closed() {
        stopReceiving();
        offer.leave(this);
    }
}
