// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.platter.container.storage.host.FileKind;
import org.platter.storage.Storage;

/** Interrupts close a {@code FileChannel} for all its users; none of them must notice. */
class InterruptTest {
    private static final int WORKERS = 3;
    private static final int CLOSURES = 30;
    private static final int PIECE = 128 << 10;

    @TempDir
    Path folder;

    private final FileStorageProvider provider = new FileStorageProvider();

    @Test
    void anInterruptIsKeptAndTheTransferDone() throws IOException {
        try (Storage storage = provider.open(folder.resolve("a").toUri(), StorageProviderContract.CREATE)) {
            Thread.currentThread().interrupt();
            storage.write(ByteBuffer.wrap(new byte[] {5}), 0);
            assertTrue(Thread.currentThread().isInterrupted());
            assertEquals(5, StorageProviderContract.bytes(storage, 0, 1)[0]);
            storage.resize(100);
            storage.zero(10, 10);
            storage.flush();
            assertEquals(100, storage.size());
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void openingAndClosingDoNotMindInterrupts() throws IOException {
        Thread.currentThread().interrupt();
        Storage storage = provider.open(folder.resolve("a").toUri(), StorageProviderContract.CREATE);
        assertTrue(Thread.currentThread().isInterrupted());
        storage.close();
        assertTrue(Thread.interrupted());
    }

    @Test
    void manyInterruptsHarmNobody() throws Exception {
        Path file = folder.resolve("disk");
        Files.createFile(file);
        SharedFile shared = new SharedFile(FileKind.of(file).key(), false);
        Set<FileChannel> channels = new HashSet<>();
        AtomicBoolean over = new AtomicBoolean();
        try (Storage storage = shared.attach(file, FileAccess.WRITE, null).orElseThrow();
                LockingProcess other = new LockingProcess(file)) {
            List<Thread> threads = new ArrayList<>();
            List<FutureTask<byte[]>> workers = new ArrayList<>();
            for (int i = 0; i < WORKERS; i++) {
                long position = (long) i * PIECE;
                workers.add(new FutureTask<>(worker(storage, position, i, over)));
                threads.add(new Thread(workers.get(i), "worker " + i));
            }
            threads.forEach(Thread::start);
            Random random = new Random(1);
            while (channels.size() < CLOSURES && workers.stream().noneMatch(FutureTask::isDone)) {
                threads.get(random.nextInt(WORKERS)).interrupt();
                channels.add(shared.channel(false));
                Thread.yield();
            }
            over.set(true);
            for (int i = 0; i < WORKERS; i++) {
                byte[] last = workers.get(i).get(60, TimeUnit.SECONDS);
                assertArrayEquals(last, StorageProviderContract.bytes(storage, (long) i * PIECE, PIECE));
            }
            assertFalse(other.locks(), "the lock survived");
        }
        if (Files.exists(Path.of("/proc/self/fd"))) {
            assertEquals(0, Host.handles(file));
        }
    }

    @Test
    void writersComeAndGoWhileReadersAreInterrupted() throws Exception {
        Path file = Files.write(folder.resolve("disk"), StorageProviderContract.random(PIECE));
        AtomicBoolean over = new AtomicBoolean();
        try (Storage storage = provider.open(file.toUri(), StorageProviderContract.READ)) {
            FutureTask<Void> reading = new FutureTask<>(() -> {
                while (!over.get()) {
                    StorageProviderContract.bytes(storage, 0, PIECE);
                }
                return null;
            });
            Thread reader = new Thread(reading, "reader");
            reader.start();
            try {
                for (int i = 0; i < 300; i++) {
                    reader.interrupt();
                    try (Storage writer = provider.open(file.toUri(), StorageProviderContract.WRITE)) {
                        reader.interrupt();
                        writer.write(ByteBuffer.wrap(StorageProviderContract.random(PIECE)), 0);
                    }
                }
            } finally {
                over.set(true);
            }
            reading.get(60, TimeUnit.SECONDS);
            assertArrayEquals(StorageProviderContract.random(PIECE), StorageProviderContract.bytes(storage, 0, PIECE));
        }
    }

    private static Callable<byte[]> worker(Storage storage, long position, int seed, AtomicBoolean over) {
        return () -> {
            Random random = new Random(seed);
            byte[] bytes = new byte[PIECE];
            ByteBuffer buffer = ByteBuffer.allocateDirect(PIECE);
            for (int round = 0; !over.get(); round++) {
                random.nextBytes(bytes);
                storage.write(buffer.clear().put(bytes).flip(), position);
                storage.read(buffer.clear(), position);
                if (!buffer.flip().equals(ByteBuffer.wrap(bytes))) {
                    throw new AssertionError("round " + round + " at " + position);
                }
                if (round % 40 == 0) {
                    storage.flush();
                    storage.size();
                }
            }
            return bytes;
        };
    }
}
