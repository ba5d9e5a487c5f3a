// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.net;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Direct buffers for reuse, in sizes of powers of two with room for a header in front. Safe for use by many threads.
 * Buffers that are not in use are kept up to a limit.
 */
public final class BufferPool {
    /** Bytes in front of the data, enough for every header and good for its alignment. */
    public static final int HEADROOM = 64;

    private static final int SMALLEST_SHIFT = 12;
    private static final int CLASSES = 9;

    /** The most data that a buffer can have. */
    public static final int LARGEST = 1 << (SMALLEST_SHIFT + CLASSES - 1);

    private final Shelf[] shelves = new Shelf[CLASSES];
    private final long limit;
    private final java.util.concurrent.atomic.AtomicLong kept = new java.util.concurrent.atomic.AtomicLong();

    /** Keeps at most so many bytes. */
    public BufferPool(long limit) {
        this.limit = limit;
        for (int i = 0; i < CLASSES; i++) {
            shelves[i] = new Shelf();
        }
    }

    /** Bytes of data that a buffer for so many would really have. */
    public static int sizeFor(int data) {
        return 1 << (SMALLEST_SHIFT + classFor(data));
    }

    /** A buffer with room for that much data behind the headroom, at most {@link #LARGEST}; anything may be in it. */
    public ByteBuffer take(int data) {
        int index = classFor(data);
        ByteBuffer buffer = shelves[index].take();
        if (buffer == null) {
            return ByteBuffer.allocateDirect(HEADROOM + (1 << (SMALLEST_SHIFT + index)));
        }
        kept.addAndGet(-buffer.capacity());
        return buffer.clear();
    }

    /** Gives back what {@link #take} gave, once. */
    public void release(ByteBuffer buffer) {
        if (kept.addAndGet(buffer.capacity()) > limit) {
            kept.addAndGet(-buffer.capacity());
        } else {
            shelves[classFor(buffer.capacity() - HEADROOM)].put(buffer);
        }
    }

    /** Forgets all buffers that are not in use. */
    public void clear() {
        for (Shelf shelf : shelves) {
            ByteBuffer buffer;
            while ((buffer = shelf.take()) != null) {
                kept.addAndGet(-buffer.capacity());
            }
        }
    }

    private static int classFor(int data) {
        if (data > LARGEST) {
            throw new IllegalArgumentException("no buffer has " + data + " bytes");
        }
        return Math.max(0, 32 - SMALLEST_SHIFT - Integer.numberOfLeadingZeros(Math.max(data, 1) - 1));
    }

    private static final class Shelf {
        private final ArrayDeque<ByteBuffer> buffers = new ArrayDeque<>(); // guarded by this

        synchronized ByteBuffer take() {
            return buffers.pollLast();
        }

        synchronized void put(ByteBuffer buffer) {
            buffers.addLast(buffer);
        }
    }
}
