// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import org.platter.disk.VirtualDisk;

/** Threads that read and write a disk at random, each in its own part, and check every byte they read. */
final class Load {
    private final VirtualDisk disk;
    private final int part;
    private final List<Thread> threads = new ArrayList<>();
    private final byte[][] models;
    private final List<Throwable> failures = new ArrayList<>(); // guarded by itself
    private final AtomicLong requests = new AtomicLong();
    private final List<Long> slow = new ArrayList<>(); // guarded by itself: nanoseconds of requests above 1 ms
    private volatile boolean ended;

    Load(VirtualDisk disk, int threadCount) {
        this.disk = disk;
        part = (int) (disk.size() / threadCount) / 4096 * 4096;
        models = new byte[threadCount][part];
        for (int i = 0; i < threadCount; i++) {
            int number = i;
            threads.add(new Thread(() -> run(number), "load-" + i));
        }
    }

    Load start() {
        threads.forEach(Thread::start);
        return this;
    }

    private void run(int number) {
        Random random = new Random(number);
        try {
            while (!ended) {
                long start = System.nanoTime();
                request(number, random);
                long time = System.nanoTime() - start;
                requests.incrementAndGet();
                if (time > 1_000_000) {
                    synchronized (slow) {
                        slow.add(time);
                    }
                }
            }
        } catch (Throwable e) {
            synchronized (failures) {
                failures.add(e);
            }
        }
    }

    private void request(int number, Random random) throws IOException {
        int length = (random.nextInt(32) + 1) * 512;
        int at = random.nextInt((part - length) / 512) * 512;
        long offset = (long) number * part + at;
        boolean async = random.nextBoolean();
        if (random.nextInt(3) == 0) {
            byte[] data = new byte[length];
            random.nextBytes(data);
            if (async) {
                await(disk.writeAsync(List.of(ByteBuffer.wrap(data)), offset));
            } else {
                disk.write(ByteBuffer.wrap(data), offset);
            }
            System.arraycopy(data, 0, models[number], at, length);
            return;
        }
        ByteBuffer read = ByteBuffer.allocate(length);
        if (async) {
            await(disk.readAsync(List.of(read), offset));
        } else {
            disk.read(read, offset);
        }
        if (!Arrays.equals(read.array(), Arrays.copyOfRange(models[number], at, at + length))) {
            throw new IOException("wrong bytes at " + offset);
        }
    }

    private static void await(java.util.concurrent.CompletableFuture<Void> future) throws IOException {
        try {
            future.join();
        } catch (CompletionException e) {
            throw new IOException(e.getCause());
        }
    }

    /** Returns when as many requests as there are threads have ended from now on. */
    void awaitProgress() throws InterruptedException {
        long goal = requests.get() + threads.size();
        long deadline = System.nanoTime() + java.time.Duration.ofMinutes(1).toNanos();
        while (requests.get() < goal) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("no request ends any more");
            }
            Thread.sleep(1);
        }
    }

    /** Ends the threads and compares the whole disk; gives a line of figures. */
    String end() throws IOException, InterruptedException {
        ended = true;
        for (Thread thread : threads) {
            thread.join();
        }
        if (!failures.isEmpty()) {
            AssertionError error = new AssertionError(failures.size() + " of the threads failed");
            failures.forEach(error::addSuppressed);
            throw error;
        }
        for (int i = 0; i < models.length; i++) {
            ByteBuffer bytes = ByteBuffer.allocate(part);
            disk.read(bytes, (long) i * part);
            if (!Arrays.equals(bytes.array(), models[i])) {
                throw new AssertionError("part " + i + " is not as written");
            }
        }
        slow.sort(null);
        double longest = slow.isEmpty() ? 0 : slow.get(slow.size() - 1) / 1e6;
        return String.format(
                java.util.Locale.ROOT, "%d requests, none failed, the longest %.1f ms", requests.get(), longest);
    }
}
