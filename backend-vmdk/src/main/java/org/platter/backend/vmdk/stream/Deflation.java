// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.stream;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.Deflater;
import org.platter.backend.vmdk.extent.Sectors;

/** Compresses grains, each into a marker, its data and zeroes up to the next sector. For one thread at a time. */
final class Deflation {
    private final Deflater deflater;
    private final ByteBuffer out;
    private final ByteBuffer rest; // what a grain lacks behind the end of the disk

    Deflation(int grain, int level) {
        deflater = new Deflater(level);
        out = ByteBuffer.allocateDirect(grain + grain / 8 + 2 * Sectors.BYTES);
        out.order(ByteOrder.LITTLE_ENDIAN);
        rest = ByteBuffer.allocateDirect(grain);
    }

    /** The rest of {@code src}, completed by zeroes to a grain, as it stands in a stream; a fresh buffer. */
    ByteBuffer deflate(ByteBuffer src, long sector) {
        deflater.reset();
        out.clear().position(Marker.GRAIN_BYTES);
        int lacking = rest.capacity() - src.remaining();
        deflater.setInput(src);
        if (lacking > 0) {
            run();
            deflater.setInput(rest.clear().limit(lacking));
        }
        deflater.finish();
        run();
        int length = out.position() - Marker.GRAIN_BYTES;
        out.putLong(0, sector).putInt(Long.BYTES, length);
        while (out.position() % Sectors.BYTES != 0) {
            out.put((byte) 0);
        }
        return ByteBuffer.allocate(out.position()).put(out.flip()).flip();
    }

    private void run() {
        while (!deflater.finished() && !deflater.needsInput()) {
            deflater.deflate(out);
        }
    }

    void end() {
        deflater.end();
    }
}
