// SPDX-License-Identifier: Apache-2.0
package org.platter.container.job;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.platter.container.chain.Chain;
import org.platter.container.data.Buffers;
import org.platter.container.data.Zeroes;
import org.platter.container.image.ChainLayer;
import org.platter.disk.Comparison;
import org.platter.format.Run;

/**
 * Finds the first difference of two disks; what both are known to be zero is not read.
 *
 * <p>Rule of waiting: each disk is entered for one read and left again before the other is entered, so that no swap of one
 * waits for the other. Nobody may change either disk meanwhile but its own writers; what they write while it is compared is
 * compared before or after.
 */
final class Compare {
    private static final int WINDOW = 1 << 20; // given to a thread at a time
    private static final int PIECE = 256 << 10; // read at a time: those of both disks stay in a processor's cache

    private final Jobs jobs;
    private final Side one;
    private final Side other;
    private final long size;
    private final AtomicLong difference = new AtomicLong(Long.MAX_VALUE);

    private long at; // guarded by this: where the next window starts

    private record Window(long from, int length, boolean oneData, boolean otherData) {}

    Compare(Jobs jobs, Chain one, Chain other) throws IOException {
        this.jobs = jobs;
        this.one = new Side(one);
        this.other = new Side(other);
        size = Math.max(this.one.size, this.other.size);
    }

    Comparison run(Steps steps) throws IOException {
        steps.total(size);
        jobs.inParallel(4, ignored -> work(steps), steps, () -> {});
        long first = difference.get();
        return first == Long.MAX_VALUE ? new Comparison(true, -1) : new Comparison(false, first);
    }

    private Void work(Steps steps) throws IOException {
        ByteBuffer left = Buffers.acquire();
        ByteBuffer right = Buffers.acquire();
        try {
            for (Window window = next(steps); window != null; window = next(steps)) {
                compare(window, left, right);
                steps.advance(window.length());
            }
            return null;
        } finally {
            Buffers.release(left);
            Buffers.release(right);
        }
    }

    private void compare(Window window, ByteBuffer left, ByteBuffer right) throws IOException {
        long end = window.from() + window.length();
        for (long from = window.from(); from < end; from += PIECE) {
            int length = (int) Math.min(PIECE, end - from);
            if (window.oneData()) {
                one.read(left.clear().limit(length), from);
            }
            if (window.otherData()) {
                other.read(right.clear().limit(length), from);
            }
            int place = window.oneData() && window.otherData()
                    ? left.mismatch(right)
                    : firstByte(window.oneData() ? left : right);
            if (place >= 0) {
                difference.accumulateAndGet(from + place, Math::min);
                return;
            }
        }
    }

    private static int firstByte(ByteBuffer bytes) {
        for (int i = 0; i < bytes.limit(); i += 4096) {
            int end = Math.min(bytes.limit(), i + 4096);
            if (!Zeroes.only(bytes, i, end)) {
                int at = i;
                while (bytes.get(at) == 0) {
                    at++;
                }
                return at;
            }
        }
        return -1;
    }

    /** The next window with data, or null at the end; skips what both are known to be zero. */
    private synchronized Window next(Steps steps) throws IOException {
        steps.check();
        long before = at;
        long place = Math.min(one.data(at), other.data(at));
        if (place >= size || place > difference.get()) {
            at = size;
            steps.advance(size - before);
            return null;
        }
        long from = Math.max(before, place / WINDOW * WINDOW);
        steps.advance(from - before);
        at = Math.min(size, from + WINDOW);
        return new Window(from, (int) (at - from), one.data(from) < at, other.data(from) < at);
    }

    /** One of the disks, and the last stretch of it that was found to hold data. */
    private static final class Side {
        private final Chain chain;
        private final ChainLayer layer;
        private final long size;
        private long dataFrom; // guarded by the comparison, as is the end
        private long dataTo;

        Side(Chain chain) throws IOException {
            this.chain = chain;
            layer = chain.last();
            size = layer.size();
        }

        /** The first offset from {@code at} on that may hold data; asked for in ascending order. */
        long data(long at) throws IOException {
            if (at >= dataTo) {
                keep(chain.reading(inside -> inside.view(layer).nextData(at, size)));
            }
            return Math.max(at, dataFrom);
        }

        private void keep(Run found) {
            dataFrom = found == null ? Long.MAX_VALUE : found.offset();
            dataTo = found == null ? Long.MAX_VALUE : found.end();
        }

        /** Fills the buffer; zeroes come behind the disk's end. */
        void read(ByteBuffer bytes, long from) throws IOException {
            int length = bytes.limit();
            int stored = (int) Math.max(0, Math.min(length, size - from));
            if (stored > 0) {
                chain.reading(inside -> {
                    inside.read(inside.view(layer), bytes.limit(stored), from);
                    return null;
                });
            }
            Zeroes.put(bytes.limit(length), length - stored);
            bytes.flip();
        }
    }
}
