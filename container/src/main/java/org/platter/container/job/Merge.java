// SPDX-License-Identifier: Apache-2.0
package org.platter.container.job;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.container.chain.Chain;
import org.platter.container.chain.ChainLayer;
import org.platter.container.chain.DirtyRanges;
import org.platter.container.chain.MergeEnd;
import org.platter.container.chain.RangeLocks;
import org.platter.container.chain.View;
import org.platter.container.chain.Writer;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageInfo;
import org.platter.format.Run;

/**
 * Merges a part of a chain into one of its ends: parents into a child (forward) or children into a parent (backward).
 * The disk is in use meanwhile. Data is only added to the destination until everything is there and durable; then links
 * change, and last the other images go. Source: docs/semantics.md, section 8.
 */
final class Merge {
    private static final int STEP = 1 << 20;
    private static final int FEW = 8;

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
            refuseLonger(first, destination);
        }
        MergeEnd end = new MergeEnd(chain, from, into);
        end.prepare();
        try {
            steps.total(size);
            if (live) {
                chain.watchWrites(dirty);
            }
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
            for (int round = 0; live && dirty.count() > FEW && round < 8; round++) {
                again(dirty.count());
            }
            chain.writing(into::flush);
            steps.commit();
        } catch (IOException | RuntimeException e) {
            chain.watchWrites(null);
            end.abandon(e);
            throw e;
        }
        end.finish(() -> {
            chain.watchWrites(null);
            again(Integer.MAX_VALUE);
        });
        return null;
    }

    /** Copies what has been written meanwhile once more. */
    private void again(int most) throws IOException {
        long size = into.size();
        for (int i = 0; i < most; i++) {
            long at = dirty.take();
            if (at < 0) {
                return;
            }
            long step = Math.max(STEP, into.info().blockSize());
            long start = at / step * step;
            if (start < size) {
                moveHeld(start, Math.min(step, size - start), false);
            }
        }
    }

    /** The first offset at or after {@code at} where there may be something to move. */
    private long skip(long at, long size, boolean forward) throws IOException {
        long[] next = {at};
        chain.reading(() -> {
            int top = forward ? chain.index(into) - 1 : chain.index(from);
            int bottom = forward ? chain.index(from) : chain.index(into) + 1;
            View moved = new View(chain.layers().toArray(ChainLayer[]::new), top, bottom);
            while (next[0] < size && moved.find(next[0], size - next[0]) instanceof Run.Free free) {
                next[0] = free.end();
            }
        });
        return next[0] >= size ? Long.MAX_VALUE / 2 : next[0];
    }

    private void move(long offset, long length, boolean forward) throws IOException {
        chain.writing(() -> {
            try (RangeLocks.Held held = chain.locks().exclusive(offset, length)) {
                if (forward) {
                    pullHeld(offset, length);
                } else {
                    pushHeld(offset, length);
                }
            }
        });
    }

    private void moveHeld(long offset, long length, boolean forward) throws IOException {
        if (forward) {
            pullHeld(offset, length);
        } else {
            pushHeld(offset, length);
        }
    }

    /** Parents into the child: what the child has free and one of them has. */
    private void pullHeld(long offset, long length) throws IOException {
        int child = chain.index(into);
        int lowest = chain.index(from);
        ChainLayer[] layers = chain.layers().toArray(ChainLayer[]::new);
        View own = new View(layers, child, child);
        View doomed = new View(layers, child - 1, lowest);
        Writer writer = new Writer(into, new View(layers, lowest - 1, 0), chain.locks());
        View all = new View(layers, child, 0);
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
    private void pushHeld(long offset, long length) throws IOException {
        int parent = chain.index(into);
        int top = chain.index(from);
        ChainLayer[] layers = chain.layers().toArray(ChainLayer[]::new);
        View moved = new View(layers, top, parent + 1);
        Writer writer = new Writer(into, new View(layers, parent, 0), chain.locks());
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
    private void refuseLonger(int top, int parent) throws IOException {
        ImageInfo target = into.info();
        chain.reading(() -> {
            View moved = new View(chain.layers().toArray(ChainLayer[]::new), top, parent + 1);
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
        });
    }
}
