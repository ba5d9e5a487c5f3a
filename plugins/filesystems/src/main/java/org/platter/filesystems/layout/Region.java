// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems.layout;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.space.DiskReader;

/**
 * A part of a disk that reads as one, of one or more pieces.
 *
 * @param disk reads the disk
 * @param pieces in the order of the region, without gaps
 */
public record Region(DiskReader disk, List<Piece> pieces) {
    private static final int MOST_READ = 1 << 24;

    /**
     * A piece.
     *
     * @param start where it starts in the region
     * @param offset where it starts on the disk
     */
    public record Piece(long start, long offset, long length) {
        /** Where it ends in the region. */
        public long end() {
            return start + length;
        }
    }

    /** The whole of a disk. */
    public static Region of(DiskReader disk, long size) {
        return new Region(disk, List.of(new Piece(0, 0, size)));
    }

    /** Bytes. */
    public long size() {
        return pieces.get(pieces.size() - 1).end();
    }

    /** Where it starts on the disk. */
    public long offset() {
        return pieces.get(0).offset();
    }

    /** A part of a region of one piece; it must be inside. */
    public Region part(long start, long length) {
        return new Region(disk, List.of(new Piece(0, offset() + start, length)));
    }

    /** True if there are so many bytes at {@code start}. */
    public boolean has(long start, long length) {
        return start >= 0 && length >= 0 && length <= size() - start;
    }

    /** Bytes in little-endian order; what is not inside is {@code CORRUPT}. */
    public ByteBuffer read(long start, int length) throws IOException {
        if (!has(start, length) || length > MOST_READ) {
            throw new DiskException(
                    ErrorCode.CORRUPT, length + " bytes at " + start + " are not in the " + size() + " of the volume");
        }
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        for (int index = at(start); bytes.position() < length; index++) {
            Piece piece = pieces.get(index);
            long into = start + bytes.position() - piece.start();
            bytes.limit((int) Math.min(length, bytes.position() + piece.length() - into));
            disk.read(bytes, piece.offset() + into);
            bytes.limit(length);
        }
        return bytes.flip();
    }

    private int at(long start) {
        int low = 0;
        for (int high = pieces.size() - 1; low < high; ) {
            int middle = (low + high + 1) / 2;
            if (pieces.get(middle).start() <= start) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }
}
