// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.stream;

import io.airlift.compress.zstd.ZstdCompressor;
import io.airlift.compress.zstd.ZstdDecompressor;
import java.io.IOException;
import org.platter.backend.qcow2.layout.Bad;

/** One zstd frame for each cluster. Source: docs/formats/qcow2.md, section 4. */
final class ZstdCodec implements Codec {
    private final ZstdDecompressor decompressor = new ZstdDecompressor();
    private ZstdCompressor compressor;
    private byte[] room = new byte[0];

    @Override
    public void decompress(byte[] source, int length, byte[] target) throws IOException {
        int frame = ZstdFrame.length(source, length);
        int found;
        try {
            found = decompressor.decompress(source, 0, frame, target, 0, target.length);
        } catch (UnsupportedOperationException e) {
            throw e;
        } catch (RuntimeException e) { // the library's own types must not reach the platform
            throw Bad.corrupt(
                    "stream: is no zstd frame of a cluster of " + target.length + " bytes: " + e.getMessage());
        }
        if (found != target.length) {
            throw Bad.corrupt("stream: holds " + found + " bytes, a cluster has " + target.length);
        }
    }

    @Override
    public int compress(byte[] cluster, byte[] target) {
        if (compressor == null) {
            compressor = new ZstdCompressor();
            room = new byte[compressor.maxCompressedLength(cluster.length)];
        }
        int length = compressor.compress(cluster, 0, cluster.length, room, 0, room.length);
        if (length > target.length) {
            return -1;
        }
        System.arraycopy(room, 0, target, 0, length);
        return length;
    }

    @Override
    public void close() {}
}
