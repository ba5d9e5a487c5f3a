// SPDX-License-Identifier: Apache-2.0
package org.platter.container.job;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.container.chain.Chain;
import org.platter.container.chain.Inside;
import org.platter.container.data.DirtyRanges;
import org.platter.container.data.RangeLocks;
import org.platter.container.data.View;
import org.platter.container.data.Writer;
import org.platter.container.image.ChainLayer;
import org.platter.container.structure.MergeCommit;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageInfo;
import org.platter.format.Run;

/**
 * Merges a part of a chain into one of its ends: parents into a child (forward) or children into a parent (backward).
 * The disk is in use meanwhile. Data is only added to the destination until everything is there and durable; then links
 * change, and last the other images go. Source: docs/semantics.md, section 8.
 *
 * <p>Rules. The step that copies a stretch holds it exclusively, so no request sees half of it. Writes to the last
 * image are noted from before the first step on, while their range is held; a stretch that was noted is copied
 * again, first with requests going on, at the end with nobody inside: then nothing can have been missed. Nothing
 * is deleted before all copies are durable and the links say so. If a flush of copies fails the images above still
 * have everything, so the merge fails and the disk goes on.
 */
final class Merge {
    private static final int STEP = 1 << 20;
    private static final int FEW = 8; // stretches that are copied with nobody inside
    private static final int ROUNDS = 8; // a guest that writes faster than this copies is not chased for ever

    private final Chain chain;
    private final ChainLayer from;
    private final ChainLayer into;
    private final DirtyRanges dirty = new DirtyRanges();
    private ByteBuffer bytes = ByteBuffer.allocate(0); // kept, because new memory costs more than the copy

    Merge(Chain chain, ChainLayer from, ChainLayer into) {
        this.chain = chain;
        this.from = from;
        this.into = into;
    }

    Void run(Steps steps) throws IOException {
        int first = chain.index(from);
        int destination = chain.index(into);
        if (first == destination) {
            throw new DiskException(ErrorCode.BAD_STATE, "an image cannot be merged into itself");
        }
        boolean forward = first < destination;
        boolean live = !forward && first == chain.layers().size() - 1;
        long size = forward ? into.size() : from.size();
        if (!forward) {
            refuseLonger();
        }
        MergeCommit end = new MergeCommit(chain, from, into);
        end.prepare(live ? dirty : null);
        try {
            steps.total(size);
            for (long at = 0; at < size; ) {
                long step = Math.max(STEP, into.info().blockSize());
                long next = Math.min(size, skip(at, size, forward) / step * step);
                if (next > at) {
                    steps.advance(next - at);
                } else {
                    next = Math.min(size, at + step);
                    move(at, next - at, forward);
                    steps.advance(next - at);
                }
                at = next;
            }
            for (int round = 0; live && dirty.count() > FEW && round < ROUNDS; round++) {
                for (int i = dirty.count(); i > 0; i--) {
                    again(this::move);
                    steps.check();
                }
            }
            chain.writing(this::flush);
            steps.commit();
        } catch (IOException | RuntimeException | Error e) {
            end.abandon(e);
            throw e;
        }
        end.finish(alone -> {
            try (Inside inside = alone.inside()) {
                while (dirty.count() > 0) {
                    again((offset, length, ignored) -> moveHeld(inside, offset, length, false));
                }
            }
        });
        return null;
    }

    private interface Mover {
        void move(long offset, long length, boolean forward) throws IOException;
    }

    /** Copies a stretch once more that has been written meanwhile. */
    private void again(Mover mover) throws IOException {
        long size = into.size();
        long step = Math.max(STEP, into.info().blockSize());
        long start = dirty.take() / step * step;
        if (start >= 0 && start < size) {
            mover.move(start, Math.min(step, size - start), false);
        }
    }

    /** The last image keeps what requests have written, too; any other one only copies, which are elsewhere as well. */
    private Void flush(Inside inside) throws DiskException {
        if (into == inside.last()) {
            inside.flush();
        } else {
            into.flushCopies();
        }
        return null;
    }

    /** The first offset at or after {@code at} where there may be something to move. */
    private long skip(long at, long size, boolean forward) throws IOException {
        return chain.reading(inside -> {
            View moved = moved(inside, forward);
            long next = at;
            while (next < size && moved.find(next, size - next) instanceof Run.Free free) {
                next = free.end();
            }
            return next >= size ? Long.MAX_VALUE / 2 : next;
        });
    }

    /** The images that go, as they read together. */
    private View moved(Inside inside, boolean forward) throws DiskException {
        return forward
                ? inside.view(inside.index(into) - 1, inside.index(from))
                : inside.view(inside.index(from), inside.index(into) + 1);
    }

    /** One step, inside the disk and with the stretch held: it may be swapped before and after, not in between. */
    private void move(long offset, long length, boolean forward) throws IOException {
        chain.writing(inside -> {
            try (RangeLocks.Held held = inside.ranges().exclusive(offset, length)) {
                moveHeld(inside, offset, length, forward);
            }
            return null;
        });
    }

    private void moveHeld(Inside inside, long offset, long length, boolean forward) throws IOException {
        if (forward) {
            pullHeld(inside, offset, length);
        } else {
            pushHeld(inside, offset, length);
        }
    }

    /** Parents into the child: what the child has free and one of them has. */
    private void pullHeld(Inside inside, long offset, long length) throws IOException {
        int child = inside.index(into);
        View own = inside.view(child, child);
        View doomed = moved(inside, true);
        Writer writer = inside.writer(into, inside.view(inside.index(from) - 1, 0));
        View all = inside.view(child, 0);
        long block = Math.max(512, into.info().blockSize());
        for (long at = offset; at < offset + length; ) {
            Run run = own.find(at, offset + length - at);
            if (run instanceof Run.Free free) {
                Run source = doomed.find(free.offset(), free.length());
                if (!(source instanceof Run.Free)) {
                    at = store(writer, all, at / block * block, Math.min(source.end(), offset + length), block);
                    continue;
                }
                run = source;
            }
            at = run.end();
        }
    }

    /** Stores whole blocks of the destination with what {@code content} reads as; gives where it has stopped. */
    private long store(Writer writer, View content, long offset, long end, long block) throws IOException {
        long to = Math.min(into.size(), (end + block - 1) / block * block);
        int count = (int) Math.min(Math.max(block, STEP / block * block), to - offset);
        content.read(room(count), offset);
        writer.writeHeld(bytes.flip(), offset);
        return offset + count;
    }

    private ByteBuffer room(int count) {
        if (bytes.capacity() < count) {
            bytes = ByteBuffer.allocateDirect(Math.max(count, STEP));
        }
        return bytes.clear().limit(count);
    }

    /** Children into the parent: everything one of them has. */
    private void pushHeld(Inside inside, long offset, long length) throws IOException {
        View moved = moved(inside, false);
        Writer writer = inside.writer(into, inside.view(into));
        for (long at = offset; at < offset + length; ) {
            Run run = moved.find(at, Math.min(STEP, offset + length - at));
            if (!(run instanceof Run.Free) && at < into.size()) {
                moved.read(room((int) Math.min(run.length(), into.size() - at)), at);
                writer.writeHeld(bytes.flip(), at);
            }
            at = run.end();
        }
    }

    /** A destination smaller than its children would lose their tail. */
    private void refuseLonger() throws IOException {
        ImageInfo target = into.info();
        chain.reading(inside -> {
            View moved = moved(inside, false);
            long end = from.size();
            for (long at = target.size(); at < end; ) {
                Run run = moved.find(at, end - at);
                if (!(run instanceof Run.Free)) {
                    throw new DiskException(
                            ErrorCode.BAD_SIZE,
                            into.shown() + " has " + target.size() + " bytes, but " + from.shown() + " has data at "
                                    + at);
                }
                at = run.end();
            }
            return null;
        });
    }
}
