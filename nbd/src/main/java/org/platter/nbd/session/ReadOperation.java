// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.session;

import java.nio.ByteBuffer;
import org.platter.nbd.disk.Completion;
import org.platter.nbd.net.BufferPool;
import org.platter.nbd.protocol.Command;
import org.platter.nbd.protocol.ReplyStyle;
import org.platter.nbd.protocol.Request;

/**
 * A read. One buffer is filled and sent until all is. Where chunks may be split, each filling is one. Else they are
 * parts of one reply, which keeps others back; a failure after the first part then ends the connection if there is no
 * chunk that could tell it, and otherwise is told after as many zeroes as are missing.
 */
final class ReadOperation extends Operation implements Completion {
    private final ByteBuffer buffer;
    private final int room;
    private final boolean whole;
    private final boolean verdict; // a chunk of its own ends the reply
    private long done;
    private int length;
    private Throwable failure;
    private boolean judging;
    private boolean ready; // guarded by this
    private boolean abandoned; // guarded by this
    private boolean mute; // guarded by this; nothing may be sent any more

    /** Has {@code room} bytes of the account, and the buffer for them. */
    ReadOperation(Transmission session, Request request, int room) {
        super(session, request);
        this.room = room;
        this.buffer = session.buffers().take(room);
        this.whole = session.style() == ReplyStyle.SIMPLE || request.has(Command.DF);
        this.verdict = whole && session.style() != ReplyStyle.SIMPLE && request.length() > room;
    }

    @Override
    void start() {
        next();
    }

    private void next() {
        synchronized (this) {
            ready = false;
        }
        length = (int) Math.min(room, request.length() - done);
        buffer.clear().position(BufferPool.HEADROOM).limit(BufferPool.HEADROOM + length);
        if (failure == null) {
            session.read(buffer, request.offset() + done, this);
        } else {
            completed(null);
        }
    }

    @Override
    public void completed(Throwable reason) {
        boolean first = done == 0;
        failure = failure == null ? reason : failure;
        // without data on its way, or between chunks, a failure can simply be told
        judging = reason != null && (!whole || first);
        boolean hopeless = reason != null && !judging && !verdict;
        if (!judging && !hopeless) {
            frame(first);
            done += length;
        }
        if (settle(hopeless)) {
            release();
        } else if (hopeless) {
            session.connection().close();
        } else {
            deliver(first);
        }
    }

    /** True if the connection has gone meanwhile. */
    private synchronized boolean settle(boolean hopeless) {
        ready = true;
        mute = hopeless;
        return abandoned;
    }

    private void deliver(boolean first) {
        if (judging) {
            end(failure);
            return;
        }
        if (done == request.length() && !verdict) {
            count();
        }
        if (whole && !first) {
            session.connection().kick();
        } else {
            session.connection().send(this);
        }
    }

    /** Puts the header in front of the data. */
    private void frame(boolean first) {
        int start = BufferPool.HEADROOM;
        if (failure != null) {
            buffer.clear().put(new byte[buffer.capacity()]);
        }
        if (first || !whole) {
            int described = whole ? (int) request.length() : length;
            boolean last = done + described == request.length() && !verdict;
            start -= session.style().dataHeaderBytes();
            buffer.clear().position(start);
            session.style().putData(buffer, request, new ReplyStyle.Part(request.offset() + done, described, last));
        }
        buffer.clear().position(start).limit(BufferPool.HEADROOM + length);
    }

    @Override
    protected boolean small() {
        return judging;
    }

    @Override
    protected synchronized ByteBuffer part() {
        return ready && !mute ? buffer : null;
    }

    @Override
    protected boolean unfinished() {
        return whole && !judging && done < request.length();
    }

    @Override
    protected void written() {
        if (judging) {
            release();
        } else if (done < request.length()) {
            next();
        } else if (verdict) {
            judging = true;
            end(failure);
        } else {
            release();
        }
    }

    @Override
    protected void dropped() {
        synchronized (this) {
            if (!ready) {
                // the disk still fills the buffer
                abandoned = true;
                return;
            }
        }
        release();
    }

    private void release() {
        session.buffers().release(buffer);
        session.account().give(room);
        session.leave();
    }
}
