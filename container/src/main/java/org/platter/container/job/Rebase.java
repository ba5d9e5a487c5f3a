// SPDX-License-Identifier: Apache-2.0
package org.platter.container.job;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.container.chain.Chain;
import org.platter.container.chain.Inside;
import org.platter.container.data.Buffers;
import org.platter.container.data.RangeLocks;
import org.platter.container.data.View;
import org.platter.container.data.Writer;
import org.platter.container.image.ChainLayer;
import org.platter.container.structure.Reparent;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Run;

/**
 * Gives the last image of a chain another chain to stand on. Safe: what the image does not have and the two parents
 * disagree about is copied into it first.
 *
 * <p>Rule of crash order: first everything that the new parent does not have is in the image and flushed, then the
 * link changes. A crash in between leaves an image that has more than it needs and its old parent.
 */
final class Rebase {
    private final Chain chain;
    private final Chain parent;

    /** The new parent's chain may be empty: the image becomes a base. */
    Rebase(Chain chain, Chain parent) {
        this.chain = chain;
        this.parent = parent;
    }

    Void run(boolean safe, Steps steps) throws IOException {
        ChainLayer last = chain.last();
        if (last.readOnly()) {
            throw new DiskException(ErrorCode.READ_ONLY, last.shown() + " is open for reading only");
        }
        steps.total(last.size());
        if (safe) {
            copy(last, steps);
        }
        steps.commit();
        Reparent.replaceBelow(chain, parent);
        return null;
    }

    private void copy(ChainLayer last, Steps steps) throws IOException {
        long size = last.size();
        long step = Math.max(Buffers.SIZE, last.info().blockSize());
        for (long at = 0; at < size; ) {
            long from = at;
            long to = insideBoth((inside, below) -> skip(inside, below, from, size)) / step * step;
            if (to <= at) {
                to = Math.min(size, at + step);
                long length = to - at;
                insideBoth((inside, below) -> {
                    try (RangeLocks.Held held = inside.ranges().exclusive(from, length)) {
                        keep(inside, below, from, length);
                    }
                    return null;
                });
            }
            to = Math.min(size, to);
            steps.advance(to - at);
            at = to;
        }
    }

    private interface Both<T> {
        T run(Inside inside, View parent) throws IOException;
    }

    /** First the disk, then its new parent: a swap goes through them in no order, but only ever closes one gate. */
    private <T> T insideBoth(Both<T> work) throws IOException {
        return chain.writing(inside -> {
            if (parent.layers().isEmpty()) {
                return work.run(inside, inside.view(-1, 0));
            }
            return parent.reading(below -> work.run(inside, below.view()));
        });
    }

    /** The first offset at or after {@code from} that the two chains below may disagree about. */
    private static long skip(Inside inside, View parent, long from, long size) throws IOException {
        View old = inside.view(inside.layers().size() - 2, 0);
        for (long at = from; at < size; ) {
            Run mine = old.find(at, size - at);
            Run theirs = parent.find(at, mine.length());
            if (mine instanceof Run.Data || theirs instanceof Run.Data) {
                return at;
            }
            at = theirs.end();
        }
        return Long.MAX_VALUE / 2;
    }

    private static void keep(Inside inside, View parent, long offset, long length) throws IOException {
        ChainLayer last = inside.last();
        int top = inside.index(last);
        View own = inside.view(top, top);
        View all = inside.view();
        long block = Math.max(512, last.info().blockSize());
        Writer writer = inside.writer(last, parent);
        for (long at = offset; at < offset + length; ) {
            Run run = own.find(at, offset + length - at);
            if (run instanceof Run.Free) {
                long from = at / block * block;
                long to = Math.min(last.size(), (run.end() + block - 1) / block * block);
                ByteBuffer bytes = ByteBuffer.allocateDirect((int) Math.min(to - from, Math.max(block, Buffers.SIZE)));
                all.read(bytes, from);
                to = from + bytes.flip().limit();
                writer.writeHeld(bytes, from);
                at = Math.max(to, at + 1);
            } else {
                at = run.end();
            }
        }
    }
}
