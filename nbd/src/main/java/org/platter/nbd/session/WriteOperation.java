// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.session;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.platter.disk.VirtualDisk;
import org.platter.nbd.disk.Completion;
import org.platter.nbd.protocol.Command;
import org.platter.nbd.protocol.Request;

/** A write. Its data is stored piece by piece as it comes in; on the loop's thread but for the ends of pieces. */
final class WriteOperation extends Operation {
    private final AtomicInteger pending = new AtomicInteger(1);
    private long received;
    private Piece piece;
    private volatile Throwable failure;

    WriteOperation(Transmission session, Request request) {
        super(session, request);
    }

    @Override
    void start() {
        session.receive(this);
    }

    /** Where data goes next; null if there is no room yet, or nothing more to come. */
    ByteBuffer target() {
        return piece == null ? null : piece.buffer;
    }

    /** Bytes that are still to come. */
    long missing() {
        return request.length() - received;
    }

    /** Begins a piece; {@code room} bytes of the account are its own. */
    void open(int room) {
        long offset = request.offset() + received;
        piece = new Piece(session.buffers().take(room), room, offset);
        // a piece that is not the last ends with a sector, or all that follow would have ragged edges
        int most = room - (int) (offset % VirtualDisk.SECTOR);
        piece.buffer.limit((int) (missing() <= room ? missing() : most));
    }

    /** True if no more data is to come; stores the piece if it is full. */
    boolean stored() {
        if (piece != null && !piece.buffer.hasRemaining()) {
            Piece full = piece;
            piece = null;
            received += full.buffer.position();
            full.store();
        }
        return received == request.length();
    }

    /** All data has come, or none will any more. */
    void finished() {
        if (pending.decrementAndGet() > 0) {
            return;
        }
        if (failure == null && request.has(Command.FUA)) {
            session.offer().disk().flush(this::end);
        } else {
            end(failure);
        }
    }

    /** The client has gone in the middle of the data: what has come of the last piece is forgotten. */
    void abort() {
        if (piece != null) {
            piece.release();
            piece = null;
        }
        finished();
    }

    private final class Piece implements Completion {
        private final ByteBuffer buffer;
        private final int room;
        private final long offset;

        Piece(ByteBuffer buffer, int room, long offset) {
            this.buffer = buffer;
            this.room = room;
            this.offset = offset;
        }

        void store() {
            pending.incrementAndGet();
            if (failure == null) {
                session.write(buffer.flip(), offset, this);
            } else {
                completed(failure);
            }
        }

        @Override
        public void completed(Throwable reason) {
            if (reason != null) {
                failure = reason;
            }
            release();
            finished();
        }

        void release() {
            session.buffers().release(buffer);
            session.account().give(room);
        }
    }
}
