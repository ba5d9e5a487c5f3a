// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.platter.backend.qcow2.layout.Bad;

/** Finds the end of a zstd frame, which the table says in sectors only. Source: RFC 8878, section 3.1.1. */
final class ZstdFrame {
    private static final int MAGIC = 0xFD2F_B528;
    private static final int[] DICTIONARY = {0, 1, 2, 4};
    private static final int[] CONTENT = {0, 2, 4, 8};

    private ZstdFrame() {}

    /** Bytes of the frame at the front of {@code source}. */
    static int length(byte[] source, int length) throws IOException {
        ByteBuffer b = ByteBuffer.wrap(source, 0, length).order(ByteOrder.LITTLE_ENDIAN);
        if (length < 5 || b.getInt() != MAGIC) {
            throw Bad.corrupt("stream: is no zstd frame");
        }
        int descriptor = b.get();
        boolean single = (descriptor & 0x20) != 0;
        int content = CONTENT[descriptor >>> 6 & 3];
        int head = (single ? 0 : 1) + DICTIONARY[descriptor & 3] + (content == 0 && single ? 1 : content);
        int end = b.position() + head;
        for (boolean last = false; !last; ) {
            if (end + 3 > length) {
                throw Bad.corrupt("stream: the zstd frame does not end");
            }
            int block = source[end] & 0xFF | (source[end + 1] & 0xFF) << 8 | (source[end + 2] & 0xFF) << 16;
            last = (block & 1) != 0;
            end += 3 + ((block >>> 1 & 3) == 1 ? 1 : block >>> 3);
        }
        end += (descriptor & 4) != 0 ? 4 : 0;
        if (end > length) {
            throw Bad.corrupt("stream: the zstd frame ends behind its sectors");
        }
        return end;
    }
}
