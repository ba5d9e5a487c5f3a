// SPDX-License-Identifier: Apache-2.0
package org.platter.container.job;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.container.chain.Buffers;
import org.platter.container.chain.Chain;
import org.platter.container.chain.ChainLayer;
import org.platter.container.chain.RangeLocks;
import org.platter.container.chain.View;
import org.platter.container.chain.Writer;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Run;

/**
 * Gives the last image of a chain another chain to stand on. Safe: what the image does not have and the two parents
 * disagree about is copied into it first.
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
        org.platter.container.chain.Relink.replaceBelow(chain, parent);
        return null;
    }

    private void copy(ChainLayer last, Steps steps) throws IOException {
        long size = last.size();
        long step = Math.max(Buffers.SIZE, last.info().blockSize());
        for (long at = 0; at < size; ) {
            long from = at;
            long[] next = {0};
            insideBoth(() -> next[0] = skip(from, size));
            long to = next[0] / step * step;
            if (to <= at) {
                to = Math.min(size, at + step);
                long length = to - at;
                insideBoth(() -> {
                    try (RangeLocks.Held held = chain.locks().exclusive(from, length)) {
                        keep(last, from, length);
                    }
                });
            }
            to = Math.min(size, to);
            steps.advance(to - at);
            at = to;
        }
    }

    /** The new parent is swapped after the chain, so nobody waits in a circle. */
    private void insideBoth(Chain.Inside work) throws IOException {
        chain.writing(() -> parent.inside(work));
    }

    /** The first offset at or after {@code from} that the two chains below may disagree about. */
    private long skip(long from, long size) throws IOException {
        View old = chain.view(chain.layers().size() - 2);
        for (long at = from; at < size; ) {
            Run mine = old.find(at, size - at);
            Run theirs = parent.view().find(at, mine.length());
            if (mine instanceof Run.Data || theirs instanceof Run.Data) {
                return at;
            }
            at = theirs.end();
        }
        return Long.MAX_VALUE / 2;
    }

    private void keep(ChainLayer last, long offset, long length) throws IOException {
        int top = chain.layers().size() - 1;
        ChainLayer[] layers = chain.layers().toArray(ChainLayer[]::new);
        View own = new View(layers, top, top);
        View all = new View(layers, top, 0);
        long block = Math.max(512, last.info().blockSize());
        Writer writer = new Writer(last, parent.view(), chain.locks());
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
