// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class BufferPoolTest {
    private final BufferPool buffers = new BufferPool(1 << 20);

    @Test
    void buffersHaveRoomForDataAndAHeader() {
        for (int data : new int[] {0, 1, 4096, 4097, 65_536, 1 << 20}) {
            ByteBuffer buffer = buffers.take(data);
            assertEquals(BufferPool.sizeFor(data) + BufferPool.HEADROOM, buffer.remaining());
            buffers.release(buffer);
        }
        assertEquals(4096, BufferPool.sizeFor(1));
        assertEquals(8192, BufferPool.sizeFor(4097));
        assertEquals(1 << 20, BufferPool.sizeFor(1 << 20));
        assertThrows(IllegalArgumentException.class, () -> buffers.take((1 << 20) + 1));
    }

    @Test
    void buffersAreUsedAgainCleared() {
        ByteBuffer buffer = buffers.take(5000).position(17).limit(18);
        buffers.release(buffer);
        assertSame(buffer, buffers.take(8000));
        assertEquals(8192 + BufferPool.HEADROOM, buffer.remaining());
        assertNotSame(buffer, buffers.take(8000));
    }

    @Test
    void moreThanTheLimitIsNotKept() {
        ByteBuffer first = buffers.take(700_000);
        buffers.release(first);
        assertNotSame(first, buffers.take(700_000));
        ByteBuffer small = buffers.take(500_000);
        ByteBuffer other = buffers.take(500_000);
        buffers.release(small);
        buffers.release(other);
        assertSame(small, buffers.take(500_000));
        assertNotSame(other, buffers.take(500_000));
    }

    @Test
    void clearingForgetsAll() {
        ByteBuffer buffer = buffers.take(1);
        buffers.release(buffer);
        buffers.clear();
        assertNotSame(buffer, buffers.take(1));
    }
}
