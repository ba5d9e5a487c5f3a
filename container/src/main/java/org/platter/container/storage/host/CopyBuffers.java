// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage.host;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/** A few direct buffers that are used again. Safe for use by many threads. */
public final class CopyBuffers {
    public static final int BYTES = 1 << 20;
    private static final ArrayBlockingQueue<ByteBuffer> IDLE = new ArrayBlockingQueue<>(4);

    private CopyBuffers() {}

    public static ByteBuffer take() {
        ByteBuffer idle = IDLE.poll();
        return idle != null ? idle : ByteBuffer.allocateDirect(BYTES);
    }

    public static void give(ByteBuffer buffer) {
        IDLE.offer(buffer);
    }
}
