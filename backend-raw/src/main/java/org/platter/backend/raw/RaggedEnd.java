// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.raw;

import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/**
 * The last sector of a disk whose file ends in the middle of it: what is in the file, then zeroes. The file keeps its length:
 * a write may give the bytes that are in the file, and zeroes for the others, which is what a disk of whole sectors is
 * written with by everything that rewrites a sector as it was. Threading is that of the file.
 */
final class RaggedEnd implements Storage {
    private final Storage file;
    private final long start;
    private final int length;

    /**
     * Of a file.
     *
     * @param start where the last sector begins, bytes
     * @param length how many bytes of it are in the file
     */
    RaggedEnd(Storage file, long start, int length) {
        this.file = file;
        this.start = start;
        this.length = length;
    }

    @Override
    public URI location() {
        return file.location();
    }

    @Override
    public void read(ByteBuffer dst, long position) throws IOException {
        check(position, dst.remaining());
        int stored = stored(position, dst.remaining());
        int end = dst.limit();
        dst.limit(dst.position() + stored);
        file.read(dst, start + position);
        dst.limit(end);
        while (dst.hasRemaining()) {
            dst.put((byte) 0);
        }
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        check(position, src.remaining());
        int stored = stored(position, src.remaining());
        for (int i = src.position() + stored; i < src.limit(); i++) {
            if (src.get(i) != 0) {
                throw new DiskException(
                        ErrorCode.NOT_SUPPORTED,
                        "RAW image: byte " + (start + position + i - src.position())
                                + " is behind the end of the file at "
                                + (start + length) + "; resize the disk to " + (start + RawBackend.SECTOR)
                                + " bytes to make the file that long");
            }
        }
        ByteBuffer part = src.slice(src.position(), stored);
        if (part.hasRemaining()) {
            file.write(part, start + position);
        }
        src.position(src.limit());
    }

    /** How many of so many bytes are in the file. */
    private int stored(long position, int count) {
        return (int) Math.max(0, Math.min(count, length - position));
    }

    private static void check(long position, int count) throws EOFException {
        if (position < 0 || position + count > RawBackend.SECTOR) {
            throw new EOFException("the last sector ends at " + RawBackend.SECTOR + ", not at " + (position + count));
        }
    }

    @Override
    public long size() {
        return RawBackend.SECTOR;
    }

    @Override
    public void resize(long size) throws IOException {
        throw new DiskException(ErrorCode.NOT_SUPPORTED, "RAW image: a sector keeps its length");
    }

    @Override
    public boolean readOnly() {
        return file.readOnly();
    }

    @Override
    public void flush() throws IOException {
        file.flush();
    }

    @Override
    public void close() {
        // the file belongs to the image
    }
}
