// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.platter.container.storage.StorageProviderContract.CREATE;
import static org.platter.container.storage.StorageProviderContract.READ;
import static org.platter.container.storage.StorageProviderContract.WRITE;
import static org.platter.container.storage.StorageProviderContract.bytes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/** Many threads on one file. */
class ConcurrencyTest {
    private static final int THREADS = 4;

    @TempDir
    Path folder;

    private final FileStorageProvider provider = new FileStorageProvider();
    private final ExecutorService executor = Executors.newFixedThreadPool(THREADS);

    @AfterEach
    void stop() {
        executor.shutdownNow();
    }

    private interface Work {
        void by(int thread) throws Exception;
    }

    private void together(Work work) throws Exception {
        CyclicBarrier start = new CyclicBarrier(THREADS);
        List<Callable<Void>> tasks = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int thread = i;
            tasks.add(() -> {
                start.await(30, TimeUnit.SECONDS);
                work.by(thread);
                return null;
            });
        }
        for (Future<Void> done : executor.invokeAll(tasks)) {
            done.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void onlyOneWriterAtATime() throws Exception {
        Path file = Files.createFile(folder.resolve("a"));
        Files.createLink(folder.resolve("b"), file);
        AtomicInteger writers = new AtomicInteger();
        AtomicInteger opened = new AtomicInteger();
        together(thread -> {
            Path name = folder.resolve(thread % 2 == 0 ? "a" : "b");
            for (int i = 0; i < 300; i++) {
                try (Storage storage = provider.open(name.toUri(), WRITE)) {
                    assertEquals(1, writers.incrementAndGet());
                    opened.incrementAndGet();
                    storage.write(ByteBuffer.allocate(1), thread);
                    writers.decrementAndGet();
                } catch (DiskException e) {
                    assertEquals(ErrorCode.LOCKED, e.code(), e.getMessage());
                }
                provider.open(name.toUri(), READ).close();
            }
        });
        assertTrue(opened.get() > 0);
        if (Files.exists(Path.of("/proc/self/fd"))) {
            assertEquals(0, Host.handles(file));
        }
    }

    @Test
    void onlyOneMakesAFile() throws Exception {
        for (int i = 0; i < 50; i++) {
            Path file = folder.resolve("new" + i);
            AtomicInteger made = new AtomicInteger();
            together(thread -> {
                try {
                    provider.open(file.toUri(), CREATE).close();
                    made.incrementAndGet();
                } catch (DiskException e) {
                    assertEquals(ErrorCode.EXISTS, e.code(), e.getMessage());
                }
            });
            assertEquals(1, made.get());
            assertTrue(Files.exists(file));
        }
    }

    @Test
    void growingDoesNotOverwriteWhatOthersWrite() throws Exception {
        int size = 1000;
        byte[] ones = new byte[size];
        Arrays.fill(ones, (byte) 1);
        try (Storage storage = provider.open(folder.resolve("a").toUri(), CREATE)) {
            for (int round = 0; round < 2000; round++) {
                storage.resize(0);
                CompletableFuture<Void> write = CompletableFuture.runAsync(
                        () -> {
                            try {
                                storage.write(ByteBuffer.wrap(ones), 0);
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        },
                        executor);
                storage.resize(size);
                write.get(30, TimeUnit.SECONDS);
                assertArrayEquals(ones, bytes(storage, 0, size), "round " + round);
            }
        }
    }

    @Test
    void closingWaitsForNativeCallsAndFailsOthersCleanly() throws Exception {
        Path file = Files.write(folder.resolve("a"), new byte[1 << 20]);
        for (int round = 0; round < 100; round++) {
            Storage storage = provider.open(file.toUri(), WRITE);
            together(thread -> {
                if (thread == 0) {
                    storage.close();
                    return;
                }
                try {
                    for (int i = 0; i < 100; i++) {
                        storage.zero(0, 4096);
                        storage.nextData(0);
                        bytes(storage, 0, 10);
                    }
                } catch (DiskException e) {
                    assertEquals(ErrorCode.BAD_STATE, e.code(), e.getMessage());
                }
            });
        }
        if (Files.exists(Path.of("/proc/self/fd"))) {
            assertEquals(0, Host.handles(file));
        }
    }
}
