// SPDX-License-Identifier: Apache-2.0
package org.platter.container.data;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * A few direct buffers of one size that are used again. Safe for use by many threads.
 *
 * <p>Direct, because the host copies between its own memory and a channel without another copy through the heap; used
 * again, because fresh direct memory is zeroed first, which costs more than the transfer. A buffer that nobody gives back
 * is collected like anything else.
 */
public final class Buffers {
    /** Bytes of a buffer. */
    public static final int SIZE = 1 << 20;

    private static final ArrayBlockingQueue<ByteBuffer> IDLE = new ArrayBlockingQueue<>(8);

    private Buffers() {}

    /** An empty buffer of {@link #SIZE} bytes with undefined content; give it back with {@link #release}. */
    public static ByteBuffer acquire() {
        ByteBuffer buffer = IDLE.poll();
        return buffer == null ? ByteBuffer.allocateDirect(SIZE) : buffer.clear();
    }

    /** Takes a buffer back. */
    public static void release(ByteBuffer buffer) {
        IDLE.offer(buffer);
    }
}
