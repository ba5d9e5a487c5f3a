// SPDX-License-Identifier: Apache-2.0
package org.platter.storage;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The copy that works between any two storages: through one buffer, a chunk at a time. */
final class Transfers {
    static final int CHUNK = 1 << 20;

    private Transfers() {}

    static void copy(Storage source, long position, long length, Storage target, long targetPosition)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(length, CHUNK));
        for (long done = 0; done < length; done += buffer.limit()) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), length - done));
            source.read(buffer, position + done);
            target.write(buffer.flip(), targetPosition + done);
        }
    }
}
