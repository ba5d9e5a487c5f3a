// SPDX-License-Identifier: Apache-2.0
package org.platter.container.job;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.container.chain.Chain;
import org.platter.container.chain.Inside;
import org.platter.container.data.Buffers;
import org.platter.container.data.RangeLocks;
import org.platter.container.data.View;
import org.platter.container.data.Zeroes;
import org.platter.container.image.ChainLayer;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.ImageFlag;
import org.platter.format.Run;

/**
 * Gives back storage: blocks that are zero, or read the same from the images below, are let go; then the blocks farthest
 * back move into the holes, and the image cuts its end off. Every step leaves a whole image, and what the disk reads as
 * never changes. Source: docs/semantics.md, section 10.
 *
 * <p>Rule of crash order: a block that moves is copied to reserved storage first and made visible then; its old place
 * counts as used until the next flush, so whatever the file holds after a crash, the map in it names a whole copy.
 * Requests go on between the blocks.
 */
final class Compact {
    /** Bytes between flushes. Storage that is let go behind the others costs less to cut off than to give back in parts. */
    private static final long FLUSH_EVERY = 16L << 30;

    private static final int FIRST_LOOK = 4096; // bytes: most blocks show there that they are needed

    private final Chain chain;
    private final ChainLayer layer;
    private long used;
    private long lowest = Long.MAX_VALUE;
    private long moved;
    private long kept = -1; // offset of a block that is not let go

    Compact(Chain chain, ChainLayer layer) {
        this.chain = chain;
        this.layer = layer;
    }

    Void run(Steps steps) throws IOException {
        chain.index(layer);
        if (layer.info().is(ImageFlag.FIXED) && layer.format().can(Capability.COMPACT)
                || !layer.format().can(Capability.FILE)) {
            return null;
        }
        if (layer.readOnly()) {
            throw new DiskException(ErrorCode.READ_ONLY, layer.shown() + " is open for reading only");
        }
        if (!layer.info().can(Capability.COMPACT)) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED,
                    layer.shown() + ": " + layer.format().name() + " cannot be compacted");
        }
        long size = layer.size();
        steps.total(2 * size);
        sweep(steps, this::release);
        chain.writing(this::flush);
        chain.writing(this::findHole);
        sweep(steps, this::settle);
        chain.writing(this::flush);
        return null;
    }

    /** What is done with a run of the image; gives where to go on. */
    private interface Treatment {
        long apply(Inside inside, Run.Data run) throws IOException;
    }

    private void sweep(Steps steps, Treatment treatment) throws IOException {
        long size = layer.size();
        for (long at = 0; at < size; ) {
            long from = at;
            long next = chain.writing(inside -> treat(inside, from, size, treatment));
            steps.advance(next - at);
            at = next;
        }
    }

    private long treat(Inside inside, long at, long size, Treatment treatment) throws IOException {
        Run run = own(inside).find(at, size - at);
        return run instanceof Run.Data data ? treatment.apply(inside, data) : run.end();
    }

    private View own(Inside inside) throws DiskException {
        int index = inside.index(layer);
        return inside.view(index, index);
    }

    private Void flush(Inside inside) throws DiskException {
        layer.flush();
        return null;
    }

    private long block() {
        return Math.max(512, layer.info().blockSize());
    }

    /** Lets the block at the front of the run go if nobody needs it. */
    private long release(Inside inside, Run.Data seen) throws IOException {
        long block = block();
        long from = seen.offset() / block * block;
        long to = Math.min(layer.size(), from + Math.max(block, Math.min(seen.length() / block * block, 16 * block)));
        int index = inside.index(layer);
        View below = inside.view(index - 1, 0);
        View own = own(inside);
        try (RangeLocks.Held held = inside.ranges().exclusive(from, to - from)) {
            for (long at = from; at < to; at += block) {
                long length = Math.min(block, to - at);
                Run run = own.find(at, length);
                if (run instanceof Run.Data data && !release(data, at, length, own, below, index == 0)) {
                    used += length;
                    lowest = Math.min(lowest, data.position());
                    kept = at;
                }
            }
        }
        return to;
    }

    private boolean release(Run.Data data, long offset, long length, View own, View below, boolean base)
            throws IOException {
        boolean zero = true;
        boolean same = !base;
        ByteBuffer bytes = Buffers.acquire();
        try {
            int piece = FIRST_LOOK;
            for (long at = offset; at < offset + length && (zero || same); at += bytes.limit()) {
                own.read(bytes.clear().limit((int) Math.min(piece, offset + length - at)), at);
                bytes.flip();
                zero = zero && Zeroes.only(bytes, 0, bytes.limit());
                same = same && below.equal(bytes, at);
                piece = bytes.capacity();
            }
        } finally {
            Buffers.release(bytes);
        }
        if (zero) {
            return release(new Run.Zero(offset, length)) || same && release(new Run.Free(offset, length));
        }
        return same && release(new Run.Free(offset, length));
    }

    private boolean release(Run run) throws DiskException {
        try {
            layer.remap(run);
            return true;
        } catch (DiskException e) {
            if (e.code() == ErrorCode.NOT_SUPPORTED) {
                return false;
            }
            throw e;
        }
    }

    /** Where the hole in front is: what is allocated now lies there, and goes back with the next flush. */
    private Void findHole(Inside inside) throws IOException {
        if (kept >= 0) {
            long from = kept / block() * block();
            lowest = Math.min(
                    lowest,
                    layer.allocate(from, Math.min(block(), layer.size() - from)).position());
            layer.flush();
        }
        return null;
    }

    /** Moves the run forward if it lies behind where everything would fit. */
    private long settle(Inside inside, Run.Data seen) throws IOException {
        long block = block();
        long from = seen.offset() / block * block;
        long to = Math.min(layer.size(), from + block);
        View own = own(inside);
        try (RangeLocks.Held held = inside.ranges().exclusive(from, to - from)) {
            Run run = own.find(from, to - from);
            if (run instanceof Run.Data data && data.length() == to - from && data.position() >= lowest + used) {
                layer.growing(() -> {
                    move(data);
                    return null;
                });
            }
        }
        if (moved >= FLUSH_EVERY) {
            moved = 0;
            layer.flush();
        }
        return to;
    }

    private void move(Run.Data data) throws IOException {
        Run.Data room = layer.allocate(data.offset(), data.length());
        if (room.storage() == data.storage() && room.offset() == data.offset() && room.position() < data.position()) {
            data.storage().transferTo(data.position(), data.length(), room.storage(), room.position());
            if (room.length() > data.length()) {
                room.storage().zero(room.position() + data.length(), room.length() - data.length());
            }
            layer.remap(room);
            moved += data.length();
        } else {
            used = Long.MAX_VALUE - lowest; // no hole is left in front: nothing more to move
        }
    }
}
