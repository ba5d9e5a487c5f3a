// SPDX-License-Identifier: Apache-2.0
package org.platter.container.job;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.platter.container.chain.Buffers;
import org.platter.container.chain.Chain;
import org.platter.container.chain.RangeLocks;
import org.platter.container.chain.View;
import org.platter.container.chain.Zeroes;
import org.platter.disk.Comparison;
import org.platter.format.Run;

/** Finds the first difference of two disks; what both are known to be zero is not read. */
final class Compare {
    private static final int WINDOW = Buffers.SIZE;

    private final Jobs jobs;
    private final Chain one;
    private final Chain other;
    private final long oneSize;
    private final long otherSize;
    private final AtomicLong difference = new AtomicLong(Long.MAX_VALUE);

    private long at; // guarded by this: where the next window starts

    Compare(Jobs jobs, Chain one, Chain other) throws IOException {
        this.jobs = jobs;
        this.one = one;
        this.other = other;
        oneSize = one.last().size();
        otherSize = other.last().size();
    }

    Comparison run(Steps steps) throws IOException {
        long size = Math.max(oneSize, otherSize);
        steps.total(size);
        jobs.inParallel(4, ignored -> work(size, steps), steps, () -> {});
        long first = difference.get();
        return first == Long.MAX_VALUE ? new Comparison(true, -1) : new Comparison(false, first);
    }

    private Void work(long size, Steps steps) throws IOException {
        ByteBuffer left = Buffers.acquire();
        ByteBuffer right = Buffers.acquire();
        try {
            for (long from = next(size, steps); from >= 0; from = next(size, steps)) {
                int length = (int) Math.min(WINDOW, size - from);
                boolean leftData = fill(one, oneSize, left, from, length);
                boolean rightData = fill(other, otherSize, right, from, length);
                note(from, leftData, left, rightData, right);
                steps.advance(length);
            }
            return null;
        } finally {
            Buffers.release(left);
            Buffers.release(right);
        }
    }

    private void note(long from, boolean leftData, ByteBuffer left, boolean rightData, ByteBuffer right) {
        int place = -1;
        if (leftData && rightData) {
            place = left.mismatch(right);
        } else if (leftData || rightData) {
            place = firstByte(leftData ? left : right);
        }
        if (place >= 0) {
            difference.accumulateAndGet(from + place, Math::min);
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

    /** Reads the window; false if it is known to be zero, and was not read. */
    private static boolean fill(Chain chain, long size, ByteBuffer bytes, long from, int length) throws IOException {
        bytes.clear().limit(length);
        int inside = (int) Math.max(0, Math.min(length, size - from));
        boolean[] data = {false};
        chain.reading(() -> {
            View view = chain.view();
            try (RangeLocks.Held held = chain.locks().shared(from, length)) {
                data[0] = inside > 0 && hasData(view, from, inside);
                if (data[0]) {
                    view.read(bytes.limit(inside), from);
                }
            }
        });
        if (data[0]) {
            bytes.limit(length);
            Zeroes.put(bytes, length - inside);
            bytes.flip();
        }
        return data[0];
    }

    private static boolean hasData(View view, long from, int length) throws IOException {
        for (long at = from; at < from + length; ) {
            Run run = view.sparse(at, from + length - at);
            if (run instanceof Run.Data) {
                return true;
            }
            at = run.end();
        }
        return false;
    }

    /** Where the next window starts, or -1 at the end; skips what both are known to be zero. */
    private synchronized long next(long size, Steps steps) throws IOException {
        steps.check();
        long from = at;
        long place = Math.min(data(one, oneSize, at, size), data(other, otherSize, at, size));
        if (place >= size || place > difference.get()) {
            at = size;
            steps.advance(Math.max(0, size - from));
            return -1;
        }
        long start = Math.max(from, place / WINDOW * WINDOW);
        steps.advance(start - from);
        at = Math.min(size, start + WINDOW);
        return start;
    }

    private static long data(Chain chain, long mySize, long from, long size) throws IOException {
        long[] place = {from};
        chain.reading(() -> {
            View view = chain.view();
            while (place[0] < mySize) {
                Run run = view.sparse(place[0], mySize - place[0]);
                if (run instanceof Run.Data) {
                    return;
                }
                place[0] = run.end();
            }
            place[0] = size;
        });
        return place[0];
    }
}
