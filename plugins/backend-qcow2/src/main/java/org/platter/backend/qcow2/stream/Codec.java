// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.stream;

import java.io.IOException;

/** One way to compress clusters. For one thread at a time. */
interface Codec extends AutoCloseable {
    /**
     * Fills {@code target} with what the stream at the front of {@code source} holds.
     *
     * @param length bytes of {@code source}; the stream may end before
     * @throws IOException {@code CORRUPT} if it is no stream, or one of more or fewer bytes
     */
    void decompress(byte[] source, int length, byte[] target) throws IOException;

    /** Compresses a cluster; gives the bytes of the stream, or -1 if it has no room in {@code target}. */
    int compress(byte[] cluster, byte[] target);

    @Override
    void close();

    /** A codec for streams of this type in clusters of this size. */
    static Codec of(int type) {
        return type == 0 ? new ZlibCodec() : new ZstdCodec();
    }
}
