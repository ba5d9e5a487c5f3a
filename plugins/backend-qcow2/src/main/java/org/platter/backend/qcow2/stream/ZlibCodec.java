// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.stream;

import java.io.IOException;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.platter.backend.qcow2.layout.Bad;

/**
 * Raw deflate. Readers may know a window of 4 KiB only, and the JDK has no way to ask for that, so a stream is made of
 * pieces that look back no farther: the compressor forgets what came before at each 4 KiB. Source:
 * docs/formats/qcow2.md, section 4.
 */
final class ZlibCodec implements Codec {
    private static final int WINDOW = 4096;

    private final Inflater inflater = new Inflater(true);
    private Deflater deflater;
    private final byte[] surplus = new byte[1];

    @Override
    public void decompress(byte[] source, int length, byte[] target) throws IOException {
        inflater.reset();
        inflater.setInput(source, 0, length);
        int done = 0;
        try {
            int count = -1;
            while (count != 0 && done < target.length && !inflater.finished()) {
                count = inflater.inflate(target, done, target.length - done);
                done += count;
            }
            if (done < target.length) {
                throw Bad.corrupt("stream: ends after " + done + " of " + target.length + " bytes");
            }
            if (!inflater.finished() && inflater.inflate(surplus) > 0) {
                throw Bad.corrupt("stream: holds more than a cluster of " + target.length + " bytes");
            }
        } catch (DataFormatException e) {
            throw Bad.corrupt("stream: is no deflate stream: " + e.getMessage());
        }
    }

    @Override
    public int compress(byte[] cluster, byte[] target) {
        if (deflater == null) {
            deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        }
        deflater.reset();
        int done = 0;
        for (int at = 0; at < cluster.length && done < target.length; at += WINDOW) {
            int count = Math.min(WINDOW, cluster.length - at);
            deflater.setInput(cluster, at, count);
            if (at + count == cluster.length) {
                deflater.finish();
            }
            done += deflater.deflate(target, done, target.length - done, Deflater.FULL_FLUSH);
        }
        return deflater.finished() ? done : -1;
    }

    @Override
    public void close() {
        inflater.end();
        if (deflater != null) {
            deflater.end();
        }
    }
}
