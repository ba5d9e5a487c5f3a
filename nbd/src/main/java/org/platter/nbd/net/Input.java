// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.net;

import java.nio.ByteBuffer;

/**
 * What has come in and is not taken yet. A large buffer is only held while there is much: there may be many clients that
 * say little. For the loop's thread.
 */
final class Input {
    /** Bytes that fit. */
    static final int ROOM = 64 << 10;

    private static final int SMALL = 4096;

    private final BufferPool buffers;
    private ByteBuffer buffer; // to be filled; null while nothing is left over

    Input(BufferPool buffers) {
        this.buffers = buffers;
    }

    /** The buffer, to be filled up to {@link #ROOM}. */
    ByteBuffer open() {
        if (buffer == null || buffer.capacity() < ROOM) {
            ByteBuffer large = buffers.take(ROOM).limit(ROOM);
            if (buffer != null) {
                large.put(buffer.flip());
                buffers.release(buffer);
            }
            buffer = large;
        }
        return buffer;
    }

    /** True if nothing is left over. */
    boolean empty() {
        return buffer == null || buffer.position() == 0;
    }

    /** What is left over; the caller takes all of it. */
    ByteBuffer drain() {
        ByteBuffer left =
                buffer == null ? ByteBuffer.allocate(0) : buffer.duplicate().flip();
        if (buffer != null) {
            buffer.clear().limit(Math.min(ROOM, buffer.capacity()));
        }
        return left;
    }

    /** Makes do with a small buffer, or none. */
    void shrink() {
        if (buffer != null && buffer.position() <= SMALL && (empty() || buffer.capacity() >= ROOM)) {
            ByteBuffer small = empty() ? null : buffers.take(SMALL);
            if (small != null) {
                small.put(buffer.flip());
            }
            buffers.release(buffer);
            buffer = small;
        }
    }

    /** Gives the buffer back. */
    void close() {
        if (buffer != null) {
            buffers.release(buffer);
            buffer = null;
        }
    }
}
