// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.platter.backend.raw.RawBackend;
import org.platter.backend.vdi.VdiBackend;
import org.platter.container.format.FormatProvider;
import org.platter.disk.CopyRequest;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskOptions;
import org.platter.disk.Job;
import org.platter.disk.Layer;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageFlag;

class SwapTest {
    private static final int SIZE = 8 << 20;

    private final MemoryProvider files = new MemoryProvider();
    private final TestPlatform platform =
            new TestPlatform().with(new RawBackend()).with("mem", files);
    private FormatProvider vdi = TestPlatform.format(new VdiBackend(), "1.0.0");

    SwapTest() {
        platform.registry().add(vdi);
    }

    @AfterEach
    void close() {
        platform.close();
    }

    private VirtualDisk chain(DiskOptions options) throws DiskException {
        VirtualDisk disk = platform.manager().newDisk(options);
        disk.create(CreateRequest.of(MemoryProvider.uri("base.vdi")).withSize(SIZE));
        disk.create(CreateRequest.of(MemoryProvider.uri("top.vdi"))
                .with(ImageFlag.DIFF)
                .withOpenFlags(java.util.Set.of(OpenFlag.ASYNC_IO)));
        return disk;
    }

    private void leave() {
        platform.registry().remove(vdi);
    }

    private void arrive() {
        vdi = TestPlatform.format(new VdiBackend(), "1.0.0");
        platform.registry().add(vdi);
    }

    @Test
    void noRequestFailsWhileFormatsAreSwappedUnderLoad() throws Exception {
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT)) {
            AtomicBoolean ended = new AtomicBoolean();
            List<CompletableFuture<byte[]>> writers = new ArrayList<>();
            int part = SIZE / 4;
            for (int i = 0; i < 4; i++) {
                int number = i;
                writers.add(CompletableFuture.supplyAsync(() -> load(disk, number, part, ended)));
            }
            for (int i = 0; i < 60; i++) {
                leave();
                arrive();
            }
            ended.set(true);
            for (int i = 0; i < 4; i++) {
                byte[] model = writers.get(i).join();
                assertArrayEquals(model, RawDiskTest.read(disk, (long) i * part, part));
            }
            for (Layer layer : disk.layers()) {
                assertEquals(0, disk.check(layer).join().errors());
                assertEquals(Layer.State.OPEN, layer.state());
            }
        }
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aLayerDrainsWhileARequestIsUnderWay() throws Exception {
        HeldRequest held = new HeldRequest();
        try (TestPlatform other = new TestPlatform().with("mem", held.files());
                VirtualDisk disk = other.manager().newDisk()) {
            other.registry().add(vdi);
            disk.create(CreateRequest.of(MemoryProvider.uri("a.vdi")).withSize(SIZE));
            disk.write(ByteBuffer.allocate(512).put(0, (byte) 1), 0);
            CompletableFuture<byte[]> request = held.start(() -> RawDiskTest.read(disk, 0, 512));
            CompletableFuture<Void> leaving =
                    CompletableFuture.runAsync(() -> other.registry().remove(vdi));
            while (disk.last().state() != Layer.State.DRAINING) {
                Thread.sleep(1);
            }
            assertFalse(leaving.isDone());
            held.letGo();
            assertEquals(1, request.get(1, TimeUnit.MINUTES)[0]);
            leaving.get(1, TimeUnit.MINUTES);
            assertEquals(Layer.State.SUSPENDED, disk.last().state());
            other.registry().add(TestPlatform.format(new VdiBackend(), "1.0.0"));
            assertEquals(Layer.State.OPEN, disk.last().state());
        }
    }

    /** Random verified reads and writes, sync and async, in one part of the disk; gives what must be there. */
    private static byte[] load(VirtualDisk disk, int number, int part, AtomicBoolean ended) {
        byte[] model = new byte[part];
        Random random = new Random(number);
        try {
            while (!ended.get()) {
                int length = (random.nextInt(64) + 1) * 512;
                int at = random.nextInt((part - length) / 512) * 512;
                long offset = (long) number * part + at;
                if (random.nextBoolean()) {
                    byte[] data = new byte[length];
                    random.nextBytes(data);
                    if (random.nextBoolean()) {
                        disk.write(ByteBuffer.wrap(data), offset);
                    } else {
                        disk.writeAsync(List.of(ByteBuffer.wrap(data)), offset).join();
                    }
                    System.arraycopy(data, 0, model, at, length);
                } else {
                    byte[] read = RawDiskTest.read(disk, offset, length);
                    assertArrayEquals(java.util.Arrays.copyOfRange(model, at, at + length), read);
                }
            }
            return model;
        } catch (DiskException e) {
            throw new CompletionException(e);
        }
    }

    @Test
    void requestsFailWhenNobodyComesInTimeAndTheDiskHealsLater() throws Exception {
        DiskOptions options = DiskOptions.DEFAULT.withSwapTimeout(Duration.ofMillis(50));
        try (VirtualDisk disk = chain(options)) {
            byte[] data = RawDiskTest.random(1, 4096);
            disk.write(ByteBuffer.wrap(data), 0);
            leave();
            CompletableFuture<Void> waiting = disk.readAsync(List.of(ByteBuffer.allocate(512)), 0);
            DiskException failure = assertThrows(DiskException.class, () -> disk.read(ByteBuffer.allocate(512), 0));
            assertEquals(ErrorCode.BACKEND_GONE, failure.code());
            CompletionException late = assertThrows(CompletionException.class, waiting::join);
            assertEquals(ErrorCode.BACKEND_GONE, ((DiskException) late.getCause()).code());
            assertEquals(Layer.State.FAILED, disk.last().state());
            assertTrue(disk.last().reason().orElseThrow().contains("VDI"));
            arrive();
            assertArrayEquals(data, RawDiskTest.read(disk, 0, 4096));
            assertEquals(Layer.State.OPEN, disk.last().state());
        }
    }

    @Test
    void aSuspendedDiskCanBeClosed() throws Exception {
        VirtualDisk disk = chain(DiskOptions.DEFAULT);
        disk.write(ByteBuffer.wrap(RawDiskTest.random(1, 512)), 0);
        leave();
        disk.close();
        assertEquals(0, files.writers());
    }

    @Test
    void waitingRequestsRunWhenAnotherVersionIsThereAlready() throws Exception {
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT)) {
            FormatProvider newer = TestPlatform.format(new VdiBackend(), "1.1.0");
            platform.registry().add(newer);
            assertEquals("1.0.0", disk.last().format().version());
            leave();
            assertEquals("1.1.0", disk.last().format().version());
            RawDiskTest.read(disk, 0, 512);
        }
    }

    @Test
    void aJobGoesOnAcrossSwaps() throws Exception {
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT);
                VirtualDisk target = platform.manager().newDisk()) {
            for (int at = 0; at < SIZE; at += 1 << 20) {
                disk.write(ByteBuffer.wrap(RawDiskTest.random(at, 1 << 20)), at);
            }
            CreateRequest image = CreateRequest.of(MemoryProvider.uri("copy.vdi"));
            Job<Layer> job = disk.copy(disk.last(), CopyRequest.into(target, image));
            while (target.layers().isEmpty() && job.state() == Job.State.RUNNING) {
                Thread.sleep(1);
            }
            do {
                leave();
                arrive();
            } while (!job.state().equals(Job.State.DONE) && !job.state().equals(Job.State.FAILED));
            job.join();
            assertTrue(disk.compare(target).join().identical());
        }
    }

    @Test
    void aVersionThatSeesAnotherDiskDoesNotServe() throws Exception {
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT.withSwapTimeout(Duration.ZERO))) {
            leave();
            disk.layers().get(0);
            files.files().get("top.vdi").write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 392); // its UUID
            arrive();
            assertEquals(Layer.State.FAILED, disk.last().state());
            assertFalse(disk.last().reason().orElseThrow().isEmpty());
        }
    }

    /** As when the whole framework stops: whoever closes what uses the disk must not wait for a format that is not coming. */
    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void whatLeavesForGoodKeepsNobodyWaiting() throws Exception {
        VirtualDisk disk = chain(DiskOptions.DEFAULT.withSwapTimeout(Duration.ofMinutes(10)));
        disk.write(ByteBuffer.allocate(512).put(0, (byte) 7), 0);
        platform.registry().unwatch((PlatterDiskManager) platform.manager());
        leave();
        ((ManagedDisk) disk).swap().leave(vdi, true);
        assertEquals(Layer.State.FAILED, disk.last().state());
        DiskException failure = assertThrows(DiskException.class, () -> disk.read(ByteBuffer.allocate(512), 0));
        assertEquals(ErrorCode.BACKEND_GONE, failure.code());
        disk.close();
        arrive();
        try (VirtualDisk again = platform.manager().newDisk()) {
            again.openChain(OpenRequest.of(MemoryProvider.uri("top.vdi")));
            assertEquals(7, RawDiskTest.read(again, 0, 512)[0]);
        }
    }
}
