// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.platter.storage.AsyncStorage;

/**
 * Mixed verified I/O: each of {@code depth} lanes owns every depth-th cell of a storage and writes, reads and flushes its
 * own cells. Every cell holds its number and a version in each of its words, so a lost, torn or misplaced write shows.
 */
final class Workload {
    static final int CELL = 16 << 10;

    private final AsyncStorage storage;
    private final int depth;
    private final int cells;
    private final int[] versions;
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final AtomicLong operations = new AtomicLong();
    private final AtomicInteger wrong = new AtomicInteger();
    private volatile boolean stop;
    private CountDownLatch ended;

    Workload(AsyncStorage storage, int depth, int cells) {
        this.storage = storage;
        this.depth = depth;
        this.cells = cells;
        versions = new int[cells];
    }

    void start() {
        stop = false;
        ended = new CountDownLatch(depth);
        for (int lane = 0; lane < depth; lane++) {
            new Lane(lane).next();
        }
    }

    /** Stops all lanes and checks that nothing failed; then reads all that was ever written. */
    void endAndVerify() throws Exception {
        stop = true;
        ended.await();
        List<Throwable> all = new ArrayList<>(failures);
        assertTrue(all.isEmpty(), () -> all.size() + " failed requests, first " + all.get(0));
        ByteBuffer buffer = ByteBuffer.allocateDirect(CELL);
        for (int cell = 0; cell < cells; cell++) {
            buffer.clear();
            storage.read(buffer, (long) cell * CELL);
            check(buffer, cell);
        }
        assertTrue(wrong.get() == 0, () -> wrong + " wrong cells");
    }

    List<Throwable> failures() {
        return new ArrayList<>(failures);
    }

    void stopLanes() throws InterruptedException {
        stop = true;
        ended.await();
    }

    long operations() {
        return operations.get();
    }

    private void check(ByteBuffer buffer, int cell) {
        long expected = versions[cell] == 0 ? 0 : (long) cell << 32 | versions[cell];
        for (int i = 0; i < CELL; i += Long.BYTES) {
            if (buffer.getLong(i) != expected) {
                wrong.incrementAndGet();
                failures.add(new AssertionError("cell " + cell + " holds " + Long.toHexString(buffer.getLong(i))
                        + " at " + i + " instead of " + Long.toHexString(expected)));
                return;
            }
        }
    }

    private final class Lane {
        private final SplittableRandom random;
        private final int lane;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(CELL);

        Lane(int lane) {
            this.lane = lane;
            random = new SplittableRandom(lane);
        }

        void next() {
            if (stop) {
                ended.countDown();
                return;
            }
            operations.incrementAndGet();
            int cell = lane + depth * random.nextInt(cells / depth);
            int dice = random.nextInt(100);
            buffer.clear();
            if (dice < 50) {
                int version = versions[cell] + 1;
                for (int i = 0; i < CELL; i += Long.BYTES) {
                    buffer.putLong(i, (long) cell << 32 | version);
                }
                storage.writeAsync(buffer, (long) cell * CELL).whenComplete((nothing, failure) -> {
                    if (failure == null) {
                        versions[cell] = version;
                    }
                    after(failure);
                });
            } else if (dice < 98) {
                storage.readAsync(buffer, (long) cell * CELL).whenComplete((nothing, failure) -> {
                    if (failure == null) {
                        check(buffer, cell);
                    }
                    after(failure);
                });
            } else {
                storage.flushAsync().whenComplete((nothing, failure) -> after(failure));
            }
        }

        private void after(Throwable failure) {
            if (failure != null) {
                failures.add(failure);
                ended.countDown();
            } else {
                next();
            }
        }
    }
}
