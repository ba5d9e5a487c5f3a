// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.session;

import java.nio.ByteBuffer;
import org.platter.nbd.disk.Completion;
import org.platter.nbd.protocol.Request;
import org.platter.nbd.protocol.Rules;

/** Reads what the client will soon want, so that the host has it at hand; a hint, so not without end. */
final class CacheOperation extends Operation implements Completion {
    private final ByteBuffer buffer;
    private final int room;
    private final long length;
    private long done;

    /** Has {@code room} bytes of the account. */
    CacheOperation(Transmission session, Request request, int room) {
        super(session, request);
        this.room = room;
        this.buffer = session.buffers().take(room);
        this.length = Math.min(request.length(), Rules.MAX_DATA);
    }

    @Override
    void start() {
        completed(null);
    }

    @Override
    public void completed(Throwable failure) {
        if (failure != null || done == length) {
            session.buffers().release(buffer);
            session.account().give(room);
            end(failure);
        } else {
            long offset = request.offset() + done;
            int count = (int) Math.min(room, length - done);
            done += count;
            session.offer().disk().read(buffer.clear().limit(count), offset, this);
        }
    }
}
