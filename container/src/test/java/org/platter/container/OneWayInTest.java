// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.platter.container.MemoryProvider.uri;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.platter.backend.raw.RawBackend;
import org.platter.container.HookedFiles.Access;
import org.platter.container.HookedFiles.Hold;
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
import org.platter.format.CheckReport;
import org.platter.format.ImageFlag;
import org.platter.testkit.Faults.Lasting;
import org.platter.testkit.Faults.Operation;

/** No request, job or swap loses or invents a byte: what happened once when they met, and must not again. */
@Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OneWayInTest {
    private static final int MIB = 1 << 20;
    private static final int SIZE = 16 * MIB;

    private final HookedFiles hooked = new HookedFiles();
    private final BrokenBackend broken = new BrokenBackend();
    private final TestPlatform platform =
            new TestPlatform().with(new RawBackend()).with("mem", hooked.files());
    private FormatProvider vdi = TestPlatform.format(broken, "1.0.0");

    OneWayInTest() {
        platform.registry().add(vdi);
    }

    @AfterEach
    void close() {
        hooked.unhook();
        platform.close();
    }

    private VirtualDisk chain(DiskOptions options, String... names) throws DiskException {
        VirtualDisk disk = platform.manager().newDisk(options);
        for (String name : names) {
            CreateRequest request = CreateRequest.of(uri(name)).withOpenFlags(Set.of(OpenFlag.ASYNC_IO));
            disk.create(disk.layers().isEmpty() ? request.withSize(SIZE) : request.with(ImageFlag.DIFF));
            disk.write(bytes(disk.layers().size(), MIB), (disk.layers().size() - 1L) * MIB);
        }
        disk.flush();
        return disk;
    }

    private VirtualDisk chain(String... names) throws DiskException {
        return chain(DiskOptions.DEFAULT, names);
    }

    private static ByteBuffer bytes(int seed, int length) {
        return ByteBuffer.wrap(RawDiskTest.random(seed, length));
    }

    private static ErrorCode code(Job<?> job) {
        return assertThrows(DiskException.class, job::join).code();
    }

    private static byte[] part(VirtualDisk disk, long offset, int length) throws DiskException {
        return RawDiskTest.read(disk, offset, length);
    }

    @Test
    void aSecondMergeIsRefusedAndNamesTheFirst() throws Exception {
        try (VirtualDisk disk = chain("a.vdi", "b.vdi", "c.vdi")) {
            Layer a = disk.layers().get(0);
            Layer b = disk.layers().get(1);
            Layer c = disk.layers().get(2);
            Job<Void> first;
            try (Hold hold = hooked.hold("b.vdi", Access.WRITE)) {
                first = disk.merge(c, b);
                hold.await();
                Job<Void> second = disk.merge(c, a);
                DiskException refusal = assertThrows(DiskException.class, second::join);
                assertEquals(ErrorCode.BUSY, refusal.code());
                assertTrue(refusal.getMessage().contains("job " + first.id() + ","), refusal.getMessage());
                second.cancel();
                disk.write(bytes(9, MIB), 8L * MIB);
            }
            disk.flush();
            first.join();
            assertArrayEquals(RawDiskTest.random(9, MIB), part(disk, 8L * MIB, MIB));
            disk.close();
            disk.openChain(OpenRequest.of(uri("b.vdi")));
            assertArrayEquals(RawDiskTest.random(9, MIB), part(disk, 8L * MIB, MIB));
            assertArrayEquals(RawDiskTest.random(3, MIB), part(disk, 2L * MIB, MIB));
        }
    }

    @Test
    void aMergeBelowLeavesOneAboveItsWrites() throws Exception {
        try (VirtualDisk disk = chain("a.vdi", "b.vdi", "c.vdi", "d.vdi", "e.vdi")) {
            Job<Void> above = disk.merge(disk.layers().get(4), disk.layers().get(3));
            above.rate(2L * MIB);
            while (above.progress().done() < MIB) {
                Thread.onSpinWait();
            }
            disk.merge(disk.layers().get(1), disk.layers().get(0)).join();
            disk.write(bytes(42, MIB), 0); // what the first merge has copied already
            above.rate(0);
            above.join();
            assertArrayEquals(RawDiskTest.random(42, MIB), part(disk, 0, MIB));
        }
    }

    @Test
    void aDiskIsNotResizedWhileItIsMerged() throws Exception {
        try (VirtualDisk disk = chain("a.vdi", "b.vdi")) {
            Job<Void> merge;
            try (Hold hold = hooked.hold("a.vdi", Access.WRITE)) {
                merge = disk.merge(disk.layers().get(1), disk.layers().get(0));
                hold.await();
                assertEquals(ErrorCode.BUSY, code(disk.resize(2L * SIZE)));
            }
            merge.join();
            disk.resize(2L * SIZE).join();
            disk.write(bytes(7, MIB), SIZE + MIB);
            assertArrayEquals(RawDiskTest.random(7, MIB), part(disk, SIZE + MIB, MIB));
        }
    }

    @Test
    void whatIsCopiedIntoADiskThatIsMergedStays() throws Exception {
        try (VirtualDisk disk = chain("a.vdi", "b.vdi");
                VirtualDisk source = chain("s.vdi")) {
            source.write(bytes(20, 10 * MIB), 0);
            Job<Void> merge;
            try (Hold hold = hooked.hold("a.vdi", Access.WRITE)) {
                merge = disk.merge(disk.layers().get(1), disk.layers().get(0));
                hold.await();
                Job<Layer> copy = source.copy(source.last(), CopyRequest.into(disk));
                while (copy.progress().done() < 4L * MIB && copy.state() == Job.State.RUNNING) {
                    Thread.onSpinWait();
                    if (hold.reached() && copy.progress().done() == 0) {
                        break; // it may wait for the very stretch that is held
                    }
                }
                hold.close();
                copy.join();
            }
            merge.join();
            assertTrue(disk.compare(source).join().identical());
        }
    }

    @Test
    void nativeAsynchronousWritesReachAMerge() throws Exception {
        HookedFiles async = new HookedFiles(true);
        try (TestPlatform other = TestPlatform.withFileFormats(async.files());
                VirtualDisk disk = other.manager().newDisk()) {
            disk.create(CreateRequest.of(uri("a.vdi")).withSize(SIZE));
            disk.create(CreateRequest.of(uri("b.vdi")).with(ImageFlag.DIFF).withOpenFlags(Set.of(OpenFlag.ASYNC_IO)));
            disk.write(bytes(1, 4 * MIB), 0);
            Job<Void> merge;
            try (Hold hold = async.hold("a.vdi", Access.WRITE)) {
                merge = disk.merge(disk.layers().get(1), disk.layers().get(0));
                hold.await();
                for (int i = 1; i < 4; i++) { // the first stretch is held
                    disk.writeAsync(List.of(bytes(30 + i, MIB)), (long) i * MIB).join();
                }
            }
            merge.join();
            for (int i = 1; i < 4; i++) {
                assertArrayEquals(RawDiskTest.random(30 + i, MIB), part(disk, (long) i * MIB, MIB));
            }
        }
    }

    private void leave() {
        platform.registry().remove(vdi);
    }

    private void arrive() {
        vdi = TestPlatform.format(broken, "1.0.0");
        platform.registry().add(vdi);
    }

    @Test
    void aLastFlushThatFailsIsRememberedAndNobodyPretends() throws Exception {
        VirtualDisk disk = chain("a.vdi");
        disk.write(bytes(5, MIB), 4L * MIB);
        hooked.hook((file, access) -> {
            if (access == Access.FLUSH) {
                throw new IOException("the medium is gone");
            }
        });
        leave();
        hooked.unhook();
        arrive();
        assertEquals(Layer.State.FAILED, disk.last().state());
        assertTrue(disk.last().reason().orElseThrow().contains("the medium is gone"));
        assertThrows(DiskException.class, () -> part(disk, 4L * MIB, MIB));
        assertThrows(DiskException.class, () -> disk.write(bytes(6, 512), 0));
        assertThrows(DiskException.class, disk::flush);
        assertThrows(
                CompletionException.class,
                () -> disk.readAsync(List.of(ByteBuffer.allocate(512)), 0).join());
        assertThrows(
                DiskException.class,
                () -> disk.create(CreateRequest.of(uri("b.vdi")).with(ImageFlag.DIFF)));
        assertThrows(DiskException.class, disk::close);
        disk.openChain(OpenRequest.of(uri("a.vdi")));
        assertEquals(Layer.State.OPEN, disk.last().state());
        assertArrayEquals(RawDiskTest.random(1, MIB), part(disk, 0, MIB));
        disk.close();
    }

    @Test
    void aFlushThatFailsInUseIsReportedToEveryLaterRequest() throws Exception {
        VirtualDisk disk = chain("a.vdi");
        disk.write(bytes(5, MIB), 4L * MIB);
        hooked.hook((file, access) -> {
            if (access == Access.FLUSH) {
                throw new IOException("the medium is gone");
            }
        });
        assertThrows(DiskException.class, disk::flush);
        hooked.unhook();
        assertThrows(DiskException.class, disk::flush);
        assertThrows(DiskException.class, () -> part(disk, 0, 512));
        assertEquals(Layer.State.FAILED, disk.last().state());
        disk.last().openFlags(Set.of());
        assertEquals(Layer.State.OPEN, disk.last().state());
        assertArrayEquals(RawDiskTest.random(1, MIB), part(disk, 0, MIB));
        disk.close();
    }

    @Test
    void aRequestThatWaitsWhileTheDiskIsClosedReadsNothing() throws Exception {
        VirtualDisk disk = chain("a.vdi");
        leave();
        CompletableFuture<Void> async = disk.readAsync(List.of(ByteBuffer.allocate(512)), 0);
        CompletableFuture<ErrorCode> sync = CompletableFuture.supplyAsync(() ->
                assertThrows(DiskException.class, () -> part(disk, 0, 512)).code());
        assertFalse(async.isDone());
        disk.close();
        assertEquals(ErrorCode.NOT_OPENED, sync.get(30, TimeUnit.SECONDS));
        CompletionException failure = assertThrows(CompletionException.class, async::join);
        assertEquals(ErrorCode.NOT_OPENED, ((DiskException) failure.getCause()).code());
    }

    @Test
    void whateverAFormatThrowsTheRequestLeaves() throws Exception {
        VirtualDisk disk = chain("a.vdi");
        broken.onMap(() -> {
            throw new NoClassDefFoundError("a class of the plug-in");
        });
        CompletionException async = assertThrows(
                CompletionException.class,
                () -> disk.readAsync(List.of(ByteBuffer.allocate(512)), 0).join());
        assertTrue(async.getCause() instanceof DiskException);
        assertThrows(DiskException.class, () -> part(disk, 0, 512));
        assertThrows(
                CompletionException.class,
                () -> disk.writeAsync(List.of(bytes(1, 512)), 0).join());
        broken.onMap(() -> {});
        CompletableFuture.runAsync(() -> {
                    try {
                        disk.close();
                    } catch (DiskException e) {
                        throw new CompletionException(e);
                    }
                })
                .get(30, TimeUnit.SECONDS);
    }

    @Test
    void whateverAFormatThrowsTheJobEnds() throws Exception {
        try (VirtualDisk source = chain("a.vdi", "b.vdi");
                VirtualDisk target = platform.manager().newDisk()) {
            broken.onAllocate(() -> {
                throw new NoClassDefFoundError("a class of the plug-in");
            });
            Job<Layer> job = source.copy(source.last(), CopyRequest.into(target, CreateRequest.of(uri("c.vdi"))));
            assertEquals(ErrorCode.IO, code(job));
            assertEquals(Set.of("a.vdi", "b.vdi"), hooked.files().files().keySet());
        }
    }

    @Test
    void requestsGoOnWhileFilesMoveToAnotherPlace() throws Exception {
        HookedFiles elsewhere = new HookedFiles();
        platform.with("other", elsewhere.files());
        try (VirtualDisk disk = chain("a.vdi", "b.vdi")) {
            Job<Void> move;
            try (Hold hold = elsewhere.hold("b.vdi", Access.WRITE)) {
                move = disk.move(disk.last(), URI.create("other:/b.vdi"));
                hold.await();
                disk.write(bytes(11, MIB), 8L * MIB);
                disk.write(bytes(12, 4096), MIB);
            }
            move.join();
            assertArrayEquals(RawDiskTest.random(11, MIB), part(disk, 8L * MIB, MIB));
            assertArrayEquals(RawDiskTest.random(12, 4096), part(disk, MIB, 4096));
            assertEquals("other", disk.last().location().getScheme());
            assertFalse(hooked.files().files().containsKey("b.vdi"));
            disk.write(bytes(13, MIB), 9L * MIB);
            disk.flush();
            assertEquals(0, disk.check(disk.last()).join().errors());
            assertArrayEquals(RawDiskTest.random(13, MIB), part(disk, 9L * MIB, MIB));
        }
        assertEquals(0, elsewhere.files().writers());
    }

    @Test
    void disksAreSwappedSideBySide() throws Exception {
        DiskOptions patient = DiskOptions.DEFAULT.withSwapTimeout(Duration.ofSeconds(2));
        VirtualDisk hung = chain(patient, "a.vdi");
        VirtualDisk healthy = chain(patient, "b.vdi");
        try (Hold hold = hooked.hold("a.vdi", Access.READ)) {
            CompletableFuture<byte[]> reader = CompletableFuture.supplyAsync(() -> unchecked(hung));
            hold.await();
            leave();
            arrive();
            assertArrayEquals(RawDiskTest.random(1, MIB), part(healthy, 0, MIB));
            assertFalse(reader.isDone());
            hold.close();
            assertArrayEquals(RawDiskTest.random(1, MIB), reader.get(30, TimeUnit.SECONDS));
        }
        assertArrayEquals(RawDiskTest.random(1, MIB), part(hung, 0, MIB));
        hung.close();
        healthy.close();
    }

    private static byte[] unchecked(VirtualDisk disk) {
        try {
            return part(disk, 0, MIB);
        } catch (DiskException e) {
            throw new CompletionException(e);
        }
    }

    @Test
    void writesGoOnWhileAnImageIsChecked() throws Exception {
        try (VirtualDisk disk = chain("a.vdi")) {
            CompletableFuture<Void> between = new CompletableFuture<>();
            CompletableFuture<Void> goOn = new CompletableFuture<>();
            Job<CheckReport> job;
            broken.onMap(() -> {});
            broken.onCheck(() -> {
                between.complete(null);
                goOn.join();
            });
            job = disk.check(disk.last());
            between.get(30, TimeUnit.SECONDS);
            CompletableFuture<Void> write = CompletableFuture.runAsync(() -> write(disk, 5L * MIB));
            goOn.complete(null);
            write.get(30, TimeUnit.SECONDS);
            assertEquals(0, job.join().errors());
        }
    }

    private static void write(VirtualDisk disk, long offset) {
        try {
            disk.write(bytes(3, MIB), offset);
        } catch (DiskException e) {
            throw new CompletionException(e);
        }
    }

    @Test
    void writesThatNeedBlocksGoOnWhileDataIsFlushed() throws Exception {
        try (VirtualDisk disk = chain("a.vdi")) {
            write(disk, 5L * MIB);
            CompletableFuture<Void> flush;
            try (Hold hold = hooked.hold("a.vdi", Access.FLUSH)) {
                flush = CompletableFuture.runAsync(() -> {
                    try {
                        disk.flush();
                    } catch (DiskException e) {
                        throw new CompletionException(e);
                    }
                });
                hold.await();
                write(disk, 6L * MIB);
            }
            flush.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void requestsOfOneDiskThatBlockHoldUpNoOther() throws Exception {
        VirtualDisk blocked = chain("a.vdi");
        VirtualDisk other = chain("b.vdi");
        List<CompletableFuture<Void>> reads = new ArrayList<>();
        CompletableFuture<Void> letGo = new CompletableFuture<>();
        hooked.hook((file, access) -> {
            if (file.endsWith("a.vdi") && access == Access.READ) {
                letGo.join();
            }
        });
        try {
            for (int i = 0; i < 40; i++) {
                reads.add(blocked.readAsync(List.of(ByteBuffer.allocate(512)), 0));
            }
            ByteBuffer data = ByteBuffer.allocate(MIB);
            other.readAsync(List.of(data), 0).get(30, TimeUnit.SECONDS);
            assertArrayEquals(RawDiskTest.random(1, MIB), data.array());
        } finally {
            letGo.complete(null);
        }
        for (CompletableFuture<Void> read : reads) {
            read.get(30, TimeUnit.SECONDS);
        }
        blocked.close();
        other.close();
    }

    @Test
    void aMoveWhoseCleanUpFailsTellsTheFirstCauseAndReadsDoNotCrash() throws Exception {
        FailingFolder failing = new FailingFolder(Map.of(), () -> {});
        try (TestPlatform other = TestPlatform.withFileFormats(failing).with("other", new MemoryProvider())) {
            for (int nth = 1; nth < 60; nth++) {
                VirtualDisk disk = other.manager().newDisk();
                disk.create(CreateRequest.of(uri(nth + ".vdi")).withSize(SIZE));
                disk.write(bytes(nth, MIB), 0);
                disk.flush();
                failing.faults().fail(Operation.CHANGES, nth, Lasting.EVER);
                Job<Void> move = disk.move(disk.last(), URI.create("other:/" + nth + ".vdi"));
                try {
                    move.join();
                } catch (DiskException e) {
                    assertEquals(ErrorCode.IO, e.code());
                }
                failing.heal();
                if (disk.last().state() == Layer.State.FAILED) {
                    assertThrows(DiskException.class, () -> part(disk, 0, 512));
                    assertFalse(disk.last().reason().orElseThrow().isEmpty());
                    assertThrows(DiskException.class, disk::close);
                } else {
                    assertArrayEquals(RawDiskTest.random(nth, MIB), part(disk, 0, MIB));
                    disk.close();
                }
            }
        }
    }
}
