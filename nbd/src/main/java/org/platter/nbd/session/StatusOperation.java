// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.session;

import java.nio.ByteBuffer;
import org.platter.nbd.disk.Extents;
import org.platter.nbd.protocol.Command;
import org.platter.nbd.protocol.MetaQuery;
import org.platter.nbd.protocol.ReplyStyle;
import org.platter.nbd.protocol.Request;

/** A question for what is data and what is a hole. */
final class StatusOperation extends Operation {
    private static final int MOST = 2000;

    private final ByteBuffer buffer;
    private final int room;

    /** Has {@code room} bytes of the account. */
    StatusOperation(Transmission session, Request request, int room) {
        super(session, request);
        this.room = room;
        this.buffer = session.buffers().take(room);
    }

    /** Bytes that the reply to such a request may have. */
    static int bytes(Request request, ReplyStyle style) {
        return style.statusBytes(most(request));
    }

    private static int most(Request request) {
        return request.has(Command.REQ_ONE) ? 1 : MOST;
    }

    @Override
    void start() {
        session.offer().disk().status(request.offset(), request.length(), most(request), this::found);
    }

    private void found(Extents extents, Throwable failure) {
        if (failure == null) {
            session.style().putStatus(buffer, request, Transmission.ALLOCATION_ID, extents.count());
            for (int i = 0; i < extents.count(); i++) {
                int flags = extents.hole(i) ? MetaQuery.HOLE | MetaQuery.ZERO : 0;
                session.style().putExtent(buffer, extents.length(i), flags);
            }
            buffer.flip();
        }
        end(failure);
    }

    @Override
    protected boolean small() {
        return failed();
    }

    @Override
    protected ByteBuffer part() {
        return buffer;
    }

    @Override
    protected void written() {
        session.buffers().release(buffer);
        session.account().give(room);
        super.written();
    }
}
