// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.platter.storage.AsyncStorage;

/**
 * Measures one access pattern against a running target, as {@code qemu-img bench} does: {@code URL read|write depth size
 * step count rounds [key value …]}. Prints MB/s, thousand operations a second and CPU microseconds per operation.
 */
public final class Bench {
    private final AsyncStorage storage;
    private final boolean write;
    private final int size;
    private final long step;
    private final AtomicLong next = new AtomicLong();

    private Bench(AsyncStorage storage, boolean write, int size, long step) {
        this.storage = storage;
        this.write = write;
        this.size = size;
        this.step = step;
    }

    public static void main(String[] args) throws Exception {
        String[] keys = java.util.Arrays.copyOfRange(args, 7, args.length);
        try (Unit unit = Unit.open(URI.create(args[0]), keys)) {
            Bench bench = new Bench(
                    unit.storage(), args[1].equals("write"), Integer.parseInt(args[3]), Long.parseLong(args[4]));
            int depth = Integer.parseInt(args[2]);
            long count = Long.parseLong(args[5]);
            for (int round = 0; round < Integer.parseInt(args[6]); round++) {
                bench.measure(depth, count);
            }
        }
    }

    private void measure(int depth, long count) throws Exception {
        next.set(0);
        long cpu = cpu();
        long start = System.nanoTime();
        if (depth == 1) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(size);
            for (long i = 0; i < count; i++) {
                long at = place(i);
                buffer.clear();
                if (write) {
                    storage.write(buffer, at);
                } else {
                    storage.read(buffer, at);
                }
            }
        } else {
            CountDownLatch done = new CountDownLatch(depth);
            for (int i = 0; i < depth; i++) {
                loop(ByteBuffer.allocateDirect(size), count, done);
            }
            done.await();
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "%.0f MB/s %.1f k/s %.1f us%n",
                count * (double) size / seconds / 1e6,
                count / seconds / 1e3,
                (cpu() - cpu) / 1e3 / count);
    }

    private long size() {
        try {
            return storage.size();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private long place(long i) {
        long span = size() / size * size;
        return i * step % (span - size + 512) / 512 * 512;
    }

    private void loop(ByteBuffer buffer, long count, CountDownLatch done) {
        long i = next.getAndIncrement();
        if (i >= count) {
            done.countDown();
            return;
        }
        buffer.clear();
        CompletableFuture<Void> future =
                write ? storage.writeAsync(buffer, place(i)) : storage.readAsync(buffer, place(i));
        future.whenComplete((nothing, failure) -> {
            if (failure != null) {
                failure.printStackTrace();
                done.countDown();
            } else {
                loop(buffer, count, done);
            }
        });
    }

    private static long cpu() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }
}
