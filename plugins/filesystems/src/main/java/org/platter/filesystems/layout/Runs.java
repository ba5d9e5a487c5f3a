// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems.layout;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** Where a file of a file system lies: runs of its volume, in the order of the file. */
public final class Runs {
    private static final int MOST = 1 << 16;

    private final Region volume;
    private final List<Region.Piece> pieces = new ArrayList<>();
    private long size;

    /** No run yet. */
    public Runs(Region volume) {
        this.volume = volume;
    }

    /** Adds a run of the volume at the end. */
    public void add(long position, long length) throws IOException {
        require(
                length > 0 && volume.has(position, length) && pieces.size() < MOST,
                "a run of " + length + " bytes at " + position + ", the " + pieces.size() + "th of its file");
        Region.Piece last = pieces.isEmpty() ? null : pieces.get(pieces.size() - 1);
        if (last != null && last.offset() + last.length() == position) {
            pieces.set(pieces.size() - 1, new Region.Piece(last.start(), last.offset(), last.length() + length));
        } else {
            pieces.add(new Region.Piece(size, position, length));
        }
        size += length;
    }

    /** Bytes of all runs. */
    public long size() {
        return size;
    }

    /** Bytes of the file. */
    public ByteBuffer read(long start, int length) throws IOException {
        require(!pieces.isEmpty() && start <= size - length, "a file of " + size + " bytes ends before " + start);
        Region file = new Region((dst, at) -> dst.put(volume.read(at, dst.remaining())), pieces);
        return file.read(start, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void require(boolean holds, String otherwise) throws DiskException {
        if (!holds) {
            throw new DiskException(ErrorCode.CORRUPT, otherwise);
        }
    }
}
