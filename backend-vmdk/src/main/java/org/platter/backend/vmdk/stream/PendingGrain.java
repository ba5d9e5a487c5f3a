// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.stream;

import java.nio.ByteBuffer;
import java.util.BitSet;
import org.platter.backend.vmdk.extent.Sectors;

/**
 * A grain of a stream that was given out and is not in the file yet. Its bytes may come in parts. The gathering is for
 * the one thread that writes the grain; all else is guarded by the writer's lock.
 */
final class PendingGrain {
    private final long number;
    private ByteBuffer parts; // as far as they came, or null
    private BitSet sectors; // which of them came
    private ByteBuffer compressed; // null for none, or for zeroes that are left out
    private boolean done;
    private boolean visible;

    PendingGrain(long number) {
        this.number = number;
    }

    long number() {
        return number;
    }

    /** Takes some bytes, or zeroes for null; true if all {@code whole} have come. */
    boolean gather(int inside, ByteBuffer bytes, int count, int whole) {
        if (parts == null) {
            parts = ByteBuffer.allocate(whole);
            sectors = new BitSet();
        }
        if (bytes != null) {
            parts.duplicate().position(inside).put(bytes);
        }
        sectors.set(inside / Sectors.BYTES, (inside + count) / Sectors.BYTES);
        return sectors.cardinality() == whole / Sectors.BYTES;
    }

    /** What has come, the rest zeroes; null if nothing came. */
    ByteBuffer gathered() {
        return parts;
    }

    void finish(ByteBuffer bytes) {
        compressed = bytes;
        done = true;
        parts = null;
    }

    /** Nobody will see it: gives the compressed bytes that are saved. */
    int drop() {
        int saved = compressed == null ? 0 : compressed.remaining();
        finish(null);
        return saved;
    }

    boolean done() {
        return done;
    }

    ByteBuffer bytes() {
        return compressed;
    }

    void show() {
        visible = true;
    }

    boolean visible() {
        return visible;
    }
}
