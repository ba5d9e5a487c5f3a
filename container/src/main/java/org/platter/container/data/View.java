// SPDX-License-Identifier: Apache-2.0
package org.platter.container.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.container.image.ChainLayer;
import org.platter.format.Run;

/**
 * What a stretch of a chain reads as: the images from {@code top} down to {@code bottom}, indices into {@code layers}.
 * Empty if top is below bottom: then everything is free. Used inside the gate, with the range held.
 *
 * <p>A view takes no lock: what it finds holds for as long as the caller holds the range, or is alone in the disk.
 * Runs are never kept beyond that, because a block may move the moment the range is let go.
 */
public record View(ChainLayer[] layers, int top, int bottom) {
    /** A run and how far below the top it was found; -1 if nowhere. */
    public record Found(Run run, int depth) {}

    /** The first run at {@code offset}: never longer than asked; free only if no image has it. */
    public Run find(long offset, long length) throws IOException {
        long rest = length;
        for (int i = top; i >= bottom; i--) {
            ChainLayer layer = layers[i];
            long size = layer.size();
            if (offset < size) {
                Run run = layer.map(offset, Math.min(rest, size - offset));
                if (!(run instanceof Run.Free)) {
                    return run;
                }
                rest = run.length();
            }
        }
        return new Run.Free(offset, rest);
    }

    /** The same, saying where it was found. */
    public Found locate(long offset, long length) throws IOException {
        long rest = length;
        for (int i = top; i >= bottom; i--) {
            long size = layers[i].size();
            if (offset < size) {
                Run run = layers[i].map(offset, Math.min(rest, size - offset));
                if (!(run instanceof Run.Free)) {
                    return new Found(run, top - i);
                }
                rest = run.length();
            }
        }
        return new Found(new Run.Free(offset, rest), -1);
    }

    /** The same with holes of the storage taken for zeroes. */
    public Run sparse(long offset, long length) throws IOException {
        return withoutHoles(find(offset, length));
    }

    /** The first run from {@code from} on that holds data, up to its next hole; null if there is none before {@code end}. */
    public Run nextData(long from, long end) throws IOException {
        for (long at = from; at < end; ) {
            Run run = sparse(at, end - at);
            if (run instanceof Run.Data) {
                return run;
            }
            at = run.end();
        }
        return null;
    }

    /** The front of the run; a hole of the storage is zeroes. */
    public static Run withoutHoles(Run run) throws IOException {
        if (!(run instanceof Run.Data data)) {
            return run;
        }
        long end = data.position() + data.length();
        long next = Math.min(data.storage().nextData(data.position()), end);
        if (next > data.position()) {
            return new Run.Zero(data.offset(), next - data.position());
        }
        long hole = Math.min(data.storage().nextHole(data.position()), end);
        return data.clip(data.offset(), Math.max(hole - data.position(), 1));
    }

    /** Fills the rest of {@code dst}. */
    public void read(ByteBuffer dst, long offset) throws IOException {
        int limit = dst.limit();
        long at = offset;
        try {
            while (dst.position() < limit) {
                Run run = find(at, limit - dst.position());
                int length = (int) run.length();
                if (run instanceof Run.Data data) {
                    dst.limit(dst.position() + length);
                    data.storage().read(dst, data.position());
                    dst.limit(limit);
                } else {
                    Zeroes.put(dst, length);
                }
                at += length;
            }
        } finally {
            dst.limit(limit);
        }
    }

    /** True if the range surely reads as zeroes, without reading data. */
    public boolean zero(long offset, long length) throws IOException {
        for (long at = offset; at < offset + length; ) {
            Run run = find(at, offset + length - at);
            if (run instanceof Run.Data) {
                return false;
            }
            at = run.end();
        }
        return true;
    }

    /** True if the range of the view reads as the bytes of {@code data} between its position and limit. */
    public boolean equal(ByteBuffer data, long offset) throws IOException {
        ByteBuffer mine = null;
        try {
            for (int at = data.position(); at < data.limit(); ) {
                long place = offset + at - data.position();
                Run run = find(place, Math.min(Buffers.SIZE, data.limit() - at));
                int length = (int) run.length();
                if (run instanceof Run.Data found) {
                    mine = mine == null ? Buffers.acquire() : mine;
                    found.storage().read(mine.clear().limit(length), found.position());
                    if (mine.flip().mismatch(data.slice(at, length)) >= 0) {
                        return false;
                    }
                } else if (!Zeroes.only(data, at, at + length)) {
                    return false;
                }
                at += length;
            }
            return true;
        } finally {
            if (mine != null) {
                Buffers.release(mine);
            }
        }
    }
}
