// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.storage.Storage;

/**
 * What takes the data of a stream that is being written: position is offset in the extent. Each reserved byte is written
 * once; many threads may write different grains at once. What is in the file already can be read.
 */
final class StreamSink extends GrainView {
    private final StreamWriter writer;
    private final int grain;

    StreamSink(StreamWriter writer, Storage storage, long size, int shift) {
        super(storage, writer::end, size, shift, writer::sector);
        this.writer = writer;
        grain = 1 << shift;
    }

    @Override
    public boolean readOnly() {
        return false;
    }

    @Override
    long positionBehind(long number) {
        return Long.MAX_VALUE;
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        int limit = src.limit();
        try {
            for (long at = position; src.position() < limit; ) {
                int inside = (int) (at % grain);
                int count = Math.min(grain - inside, limit - src.position());
                src.limit(src.position() + count);
                writer.put(at / grain, inside, src.slice(), count);
                src.position(src.limit()).limit(limit);
                at += count;
            }
        } finally {
            src.limit(limit);
        }
    }

    @Override
    public void zero(long position, long length) throws IOException {
        for (long at = position; at < position + length; ) {
            int inside = (int) (at % grain);
            int count = (int) Math.min(grain - inside, position + length - at);
            writer.put(at / grain, inside, null, count);
            at += count;
        }
    }

    @Override
    public void flush() throws IOException {
        writer.flush();
    }
}
