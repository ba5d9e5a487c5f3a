// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.platter.backend.raw.RawBackend;
import org.platter.backend.vdi.VdiBackend;
import org.platter.backend.vmdk.VmdkBackend;
import org.platter.disk.CopyRequest;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskOptions;
import org.platter.disk.Job;
import org.platter.disk.Layer;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.disk.VirtualDisk.Disposal;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Geometry;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageFlag;
import org.platter.format.ParentLink;
import org.platter.testkit.MemoryStorage;

/** The rules of docs/semantics.md, one claim a test. */
class ChainRulesTest {
    private static final int SIZE = 4 << 20;
    private static final int BLOCK = 1 << 20;

    private volatile CompletableFuture<Void> jobsGo = CompletableFuture.completedFuture(null);
    private final MemoryProvider files = new MemoryProvider(storage -> new WatchedStorage(storage, this::awaitIfJob));
    private final TestPlatform platform = new TestPlatform()
            .with(new RawBackend())
            .with(new VdiBackend())
            .with(new VmdkBackend())
            .with("mem", files);
    private final List<VirtualDisk> disks = new ArrayList<>();

    @AfterEach
    void close() throws DiskException {
        for (VirtualDisk disk : disks) {
            disk.close();
        }
        platform.close();
        assertEquals(0, files.writers());
    }

    private void awaitIfJob() {
        if (Thread.currentThread().getName().startsWith("platter-job")) {
            jobsGo.join();
        }
    }

    /** Cancels what has only just begun. */
    private void cancelled(Supplier<Job<?>> start) {
        jobsGo = new CompletableFuture<>();
        Job<?> job = start.get();
        job.cancel();
        jobsGo.complete(null);
        assertEquals(ErrorCode.CANCELLED, code(job::join));
    }

    private VirtualDisk disk() {
        VirtualDisk disk = platform.manager().newDisk();
        disks.add(disk);
        return disk;
    }

    private static URI uri(String name) {
        return MemoryProvider.uri(name);
    }

    private VirtualDisk base(String name, OpenFlag... flags) throws DiskException {
        VirtualDisk disk = disk();
        disk.create(CreateRequest.of(uri(name)).withSize(SIZE).withOpenFlags(Set.of(flags)));
        return disk;
    }

    private static void diff(VirtualDisk disk, String name, OpenFlag... flags) throws DiskException {
        disk.create(CreateRequest.of(uri(name)).with(ImageFlag.DIFF).withOpenFlags(Set.of(flags)));
    }

    private static void write(VirtualDisk disk, int seed, long offset, int length) throws DiskException {
        disk.write(ByteBuffer.wrap(RawDiskTest.random(seed, length)), offset);
    }

    private static byte[] all(VirtualDisk disk) throws DiskException {
        return RawDiskTest.read(disk, 0, (int) disk.size());
    }

    private static ErrorCode code(org.junit.jupiter.api.function.Executable call) {
        return assertThrows(DiskException.class, call).code();
    }

    // --- 1: copy-on-write ---

    @Test
    void partialWriteIsCompletedFromTheChain() throws Exception {
        VirtualDisk disk = base("a.vdi");
        write(disk, 1, 0, SIZE);
        byte[] model = all(disk);
        diff(disk, "b.vdi");
        write(disk, 2, BLOCK + 512, 1024);
        System.arraycopy(RawDiskTest.random(2, 1024), 0, model, BLOCK + 512, 1024);
        assertArrayEquals(model, all(disk));
    }

    @Test
    void unchangedDataTakesNoStorageUnlessHonorSame() throws Exception {
        VirtualDisk disk = base("a.vdi");
        write(disk, 1, 0, SIZE);
        diff(disk, "b.vdi");
        long before = disk.last().fileSize();
        write(disk, 1, 0, SIZE);
        disk.flush();
        assertEquals(before, disk.last().fileSize());
        disk.last().openFlags(Set.of(OpenFlag.HONOR_SAME));
        write(disk, 1, 0, SIZE);
        disk.flush();
        assertTrue(disk.last().fileSize() >= before + SIZE);
    }

    @Test
    void zeroesBecomeMarksUnlessHonorZeroes() throws Exception {
        VirtualDisk disk = base("a.vdi");
        write(disk, 1, 0, SIZE);
        diff(disk, "b.vdi");
        long before = disk.last().fileSize();
        disk.write(ByteBuffer.allocate(BLOCK), 0);
        disk.flush();
        assertEquals(before, disk.last().fileSize());
        assertArrayEquals(new byte[BLOCK], RawDiskTest.read(disk, 0, BLOCK));
        disk.last().openFlags(Set.of(OpenFlag.HONOR_ZEROES));
        disk.write(ByteBuffer.allocate(BLOCK), BLOCK);
        disk.flush();
        assertTrue(disk.last().fileSize() >= before + BLOCK);
    }

    @Test
    void noGrowingWriteIsLostBesideFlushes() throws Exception {
        VirtualDisk disk = disk();
        disk.create(
                CreateRequest.of(uri("a.vdi")).withSize(16L << 20).withConfig(java.util.Map.of("BlockSize", "16384")));
        java.util.concurrent.atomic.AtomicBoolean ended = new java.util.concurrent.atomic.AtomicBoolean();
        CompletableFuture<Void> flusher = CompletableFuture.runAsync(() -> {
            while (!ended.get()) {
                quietly(disk::flush);
            }
        });
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int first = i;
            writers.add(CompletableFuture.runAsync(() -> {
                for (long at = first * 16384L; at < disk.size(); at += 3 * 16384) {
                    long place = at;
                    quietly(() -> write(disk, (int) place, place, 512));
                }
            }));
        }
        writers.forEach(CompletableFuture::join);
        ended.set(true);
        flusher.join();
        for (long at = 0; at < disk.size(); at += 16384) {
            assertArrayEquals(RawDiskTest.random((int) at, 512), RawDiskTest.read(disk, at, 512));
        }
        assertEquals(0, disk.check(disk.last()).join().errors());
    }

    private interface Call {
        void run() throws DiskException;
    }

    private static void quietly(Call call) {
        try {
            call.run();
        } catch (DiskException e) {
            throw new java.util.concurrent.CompletionException(e);
        }
    }

    // --- 2: sizes ---

    @Test
    void aChildLargerThanItsParentReadsZeroesBehindIt() throws Exception {
        VirtualDisk disk = base("a.vdi");
        write(disk, 1, 0, SIZE);
        diff(disk, "b.vdi");
        disk.resize(SIZE + 3 * 512).join();
        write(disk, 2, SIZE + 512, 512);
        byte[] tail = RawDiskTest.read(disk, SIZE - 512, 4 * 512);
        assertArrayEquals(new byte[512], Arrays.copyOfRange(tail, 512, 1024));
        assertArrayEquals(RawDiskTest.random(2, 512), Arrays.copyOfRange(tail, 1024, 1536));
    }

    @Test
    void chainsMixBlockSizesAndFormats() throws Exception {
        VirtualDisk disk = base("a.img");
        write(disk, 1, 0, SIZE);
        disk.create(CreateRequest.of(uri("b.vmdk")).with(ImageFlag.DIFF));
        write(disk, 2, 70_144, 3072);
        diff(disk, "c.vdi");
        write(disk, 3, 512, 512);
        byte[] model = RawDiskTest.random(1, SIZE);
        System.arraycopy(RawDiskTest.random(2, 3072), 0, model, 70_144, 3072);
        System.arraycopy(RawDiskTest.random(3, 512), 0, model, 512, 512);
        assertArrayEquals(model, all(disk));
    }

    // --- 3: zero marks ---

    @Test
    void aZeroMarkHidesTheParentAfterReopenCompactAndMerges() throws Exception {
        for (boolean forward : new boolean[] {true, false}) {
            String prefix = forward ? "f" : "b";
            VirtualDisk disk = base(prefix + "0.vdi");
            write(disk, 1, 0, SIZE);
            diff(disk, prefix + "1.vdi");
            disk.zero(BLOCK, BLOCK);
            disk.close();
            VirtualDisk again = disk();
            again.openChain(OpenRequest.of(uri(prefix + "1.vdi")));
            assertArrayEquals(new byte[BLOCK], RawDiskTest.read(again, BLOCK, BLOCK));
            again.compact(again.last()).join();
            assertArrayEquals(new byte[BLOCK], RawDiskTest.read(again, BLOCK, BLOCK));
            List<Layer> layers = again.layers();
            again.merge(layers.get(forward ? 0 : 1), layers.get(forward ? 1 : 0))
                    .join();
            byte[] model = RawDiskTest.random(1, SIZE);
            Arrays.fill(model, BLOCK, 2 * BLOCK, (byte) 0);
            assertArrayEquals(model, all(again));
        }
    }

    // --- 4: merge ---

    @Test
    void aForwardMergeFromTheBaseMakesAnOpenableBase() throws Exception {
        VirtualDisk disk = base("a.vdi");
        write(disk, 1, 0, SIZE);
        diff(disk, "b.vdi");
        write(disk, 2, 512, 512);
        diff(disk, "c.vdi");
        write(disk, 3, BLOCK, 512);
        byte[] model = all(disk);
        disk.merge(disk.layers().get(0), disk.last()).join();
        assertEquals(1, disk.layers().size());
        assertEquals(Set.of("c.vdi"), files.files().keySet());
        assertTrue(disk.last().info().parent().isEmpty());
        disk.close();
        VirtualDisk again = disk();
        again.open(OpenRequest.of(uri("c.vdi")));
        assertArrayEquals(model, all(again));
    }

    @Test
    void aBackwardMergeInTheMiddleRelinksTheChildAbove() throws Exception {
        VirtualDisk disk = base("a.vdi");
        write(disk, 1, 0, SIZE);
        diff(disk, "b.vdi");
        write(disk, 2, 512, 512);
        diff(disk, "c.vdi");
        write(disk, 3, BLOCK, 512);
        diff(disk, "d.vdi");
        write(disk, 4, 2 * BLOCK, 512);
        byte[] model = all(disk);
        List<Layer> layers = disk.layers();
        disk.merge(layers.get(2), layers.get(0)).join();
        assertEquals(Set.of("a.vdi", "d.vdi"), files.files().keySet());
        assertTrue(disk.layers().get(0).openFlags().contains(OpenFlag.READ_ONLY));
        assertFalse(disk.readOnly());
        disk.close();
        VirtualDisk again = disk();
        again.openChain(OpenRequest.of(uri("d.vdi")));
        assertArrayEquals(model, all(again));
    }

    @Test
    void mergingAnImageIntoItselfIsRefused() throws Exception {
        VirtualDisk disk = base("a.vdi");
        assertEquals(
                ErrorCode.BAD_STATE,
                code(() -> disk.merge(disk.last(), disk.last()).join()));
    }

    // --- 5: cancel ---

    @Test
    void aCancelledCopyLeavesNothingAndTheSourceUnchanged() throws Exception {
        VirtualDisk disk = base("a.vdi");
        write(disk, 1, 0, SIZE);
        VirtualDisk target = disk();
        Layer source = disk.last();
        cancelled(() -> disk.copy(source, CopyRequest.into(target, CreateRequest.of(uri("b.vdi")))));
        assertEquals(Set.of("a.vdi"), files.files().keySet());
        assertEquals(0, target.layers().size());
        assertArrayEquals(RawDiskTest.random(1, SIZE), all(disk));
    }

    @Test
    void aCancelledMergeLosesNothing() throws Exception {
        VirtualDisk disk = base("a.vdi");
        write(disk, 1, 0, SIZE);
        diff(disk, "b.vdi");
        write(disk, 2, 0, BLOCK);
        byte[] model = all(disk);
        List<Layer> layers = disk.layers();
        cancelled(() -> disk.merge(layers.get(1), layers.get(0)));
        assertEquals(2, disk.layers().size());
        assertArrayEquals(model, all(disk));
        write(disk, 3, 512, 512);
    }

    // --- 6, 7, 9: flags ---

    @Test
    void aChildOpensOnAParentThatHonorsZeroes() throws Exception {
        VirtualDisk disk = base("a.vdi", OpenFlag.HONOR_ZEROES);
        diff(disk, "b.vdi");
        assertTrue(disk.layers().get(0).openFlags().contains(OpenFlag.HONOR_ZEROES));
    }

    @Test
    void afterTheChildIsClosedTheParentHasTheFlagsThatWereAskedFor() throws Exception {
        VirtualDisk disk = base("a.vdi");
        disk.close();
        for (boolean readOnly : new boolean[] {true, false}) {
            VirtualDisk again = disk();
            OpenRequest request = OpenRequest.of(uri("a.vdi"));
            again.open(readOnly ? request.with(OpenFlag.READ_ONLY) : request);
            diff(again, "b.vdi");
            assertTrue(again.layers().get(0).openFlags().contains(OpenFlag.READ_ONLY));
            again.closeLast(Disposal.DELETE);
            assertEquals(readOnly, again.readOnly());
            again.close();
        }
    }

    @Test
    void aMissingFileIsNotReadOnlyButMissing() {
        assertEquals(ErrorCode.NOT_FOUND, code(() -> disk().open(OpenRequest.of(uri("nothing.vdi")))));
    }

    @Test
    void onlyTheLastImageCanBecomeWritable() throws Exception {
        VirtualDisk disk = base("a.vdi");
        diff(disk, "b.vdi");
        assertEquals(ErrorCode.BAD_STATE, code(() -> disk.layers().get(0).openFlags(Set.of())));
    }

    // --- 6: create never overwrites ---

    @Test
    void createNeverTouchesWhatExists() throws Exception {
        VirtualDisk disk = base("a.vdi");
        files.put("b.vdi", MemoryStorage.of(new byte[] {1, 2, 3}));
        assertEquals(ErrorCode.EXISTS, code(() -> diff(disk, "b.vdi")));
        assertArrayEquals(new byte[] {1, 2, 3}, files.files().get("b.vdi").bytes());
        assertFalse(disk.readOnly());
    }

    // --- 10: linkage ---

    @Test
    void aWrongParentIsRefusedNamingBothUuids() throws Exception {
        VirtualDisk disk = base("a.vdi");
        diff(disk, "b.vdi");
        disk.close();
        VirtualDisk other = base("c.vdi");
        UUID uuid = other.last().info().uuid();
        DiskException e = assertThrows(DiskException.class, () -> other.open(OpenRequest.of(uri("b.vdi"))));
        assertEquals(ErrorCode.UUID_MISMATCH, e.code());
        assertTrue(e.getMessage().contains(uuid.toString()));
        assertFalse(other.readOnly());
    }

    @Test
    void aParentThatWasWrittenSinceIsRefused() throws Exception {
        VirtualDisk disk = base("a.vdi");
        diff(disk, "b.vdi");
        disk.close();
        VirtualDisk alone = disk();
        alone.open(OpenRequest.of(uri("a.vdi")));
        write(alone, 1, 0, 512);
        alone.close();
        assertEquals(ErrorCode.UUID_MISMATCH, code(() -> disk().openChain(OpenRequest.of(uri("b.vdi")))));
    }

    @Test
    void aMissingParentIsExplained() throws Exception {
        VirtualDisk disk = base("a.vdi");
        UUID uuid = disk.last().info().uuid();
        diff(disk, "b.vdi");
        disk.close();
        files.delete(uri("a.vdi"));
        DiskException e = assertThrows(DiskException.class, () -> disk().openChain(OpenRequest.of(uri("b.vdi"))));
        assertEquals(ErrorCode.NOT_FOUND, e.code());
        assertTrue(e.getMessage().contains(uuid.toString()));
    }

    @Test
    void aDifferencingImageIsNoBaseUnlessOnlyItsAttributesAreWanted() throws Exception {
        VirtualDisk disk = base("a.vdi");
        diff(disk, "b.vdi");
        disk.close();
        assertEquals(ErrorCode.BAD_TYPE, code(() -> disk().open(OpenRequest.of(uri("b.vdi")))));
        assertTrue(disk().open(OpenRequest.of(uri("b.vdi")).with(OpenFlag.INFO, OpenFlag.READ_ONLY))
                .info()
                .is(ImageFlag.DIFF));
    }

    // --- 11: modification UUID ---

    @Test
    void modificationUuidChangesAsTheTableSays() throws Exception {
        for (boolean async : new boolean[] {false, true}) {
            VirtualDisk disk = base(async + ".vdi", OpenFlag.ASYNC_IO);
            disk.close();
            VirtualDisk again = disk();
            again.open(OpenRequest.of(uri(async + ".vdi")).with(OpenFlag.ASYNC_IO));
            UUID first = modification(again);
            again.flush();
            assertEquals(first, modification(again));
            one(again, async);
            UUID second = modification(again);
            assertNotEquals(first, second);
            again.flush();
            assertEquals(second, modification(again));
            one(again, async);
            assertEquals(second, modification(again));
            again.flush();
            assertNotEquals(second, modification(again));
        }
    }

    private static UUID modification(VirtualDisk disk) throws DiskException {
        return disk.last().info().modificationUuid();
    }

    private static void one(VirtualDisk disk, boolean async) throws DiskException {
        if (async) {
            disk.writeAsync(List.of(ByteBuffer.allocate(512)), 0).join();
        } else {
            disk.write(ByteBuffer.allocate(512), 0);
        }
    }

    // --- 12: geometry ---

    @Test
    void settingTheGeometryThatIsSetSucceedsOnAReadOnlyImage() throws Exception {
        VirtualDisk disk = base("a.vdi");
        Geometry geometry = new Geometry(10, 255, 63);
        disk.last().update(ImageAttributes.NONE.withLogical(geometry));
        disk.last().openFlags(Set.of(OpenFlag.READ_ONLY));
        disk.last().update(ImageAttributes.NONE.withLogical(geometry));
        assertEquals(
                ErrorCode.READ_ONLY,
                code(() -> disk.last().update(ImageAttributes.NONE.withLogical(new Geometry(11, 255, 63)))));
        assertThrows(
                IllegalArgumentException.class,
                () -> disk.last().update(ImageAttributes.NONE.withPhysical(new Geometry(1, 17, 63))));
    }

    @Test
    void onAReadOnlyRawImageTheReadOnlyErrorWins() throws Exception {
        VirtualDisk disk = base("a.img");
        assertEquals(ErrorCode.NOT_SUPPORTED, code(() -> disk.last().update(ImageAttributes.NONE.withComment("x"))));
        disk.last().openFlags(Set.of(OpenFlag.READ_ONLY));
        assertEquals(ErrorCode.READ_ONLY, code(() -> disk.last().update(ImageAttributes.NONE.withComment("x"))));
    }

    // --- 13: copy, move ---

    @Test
    void copyOntoAChainMakesADifferencingImage() throws Exception {
        VirtualDisk source = base("a.vdi");
        write(source, 1, 0, SIZE);
        VirtualDisk target = base("b.vdi");
        write(target, 2, 0, SIZE);
        source.copy(source.last(), CopyRequest.into(target, CreateRequest.of(uri("c.vdi"))))
                .join();
        assertEquals(2, target.layers().size());
        assertArrayEquals(all(source), all(target));
    }

    @Test
    void copyIntoAnExistingImageKeepsItsUuid() throws Exception {
        VirtualDisk source = base("a.vdi");
        write(source, 1, 0, SIZE);
        VirtualDisk target = base("b.vdi");
        UUID uuid = target.last().info().uuid();
        source.copy(source.last(), CopyRequest.into(target)).join();
        assertEquals(uuid, target.last().info().uuid());
        assertArrayEquals(all(source), all(target));
        assertEquals(
                ErrorCode.IMAGE_NOT_FOUND,
                code(() -> source.copy(source.last(), CopyRequest.into(disk())).join()));
    }

    @Test
    void copyToALargerImageLeavesItsTailFree() throws Exception {
        VirtualDisk source = base("a.vdi");
        write(source, 1, 0, SIZE);
        VirtualDisk target = disk();
        source.copy(
                        source.last(),
                        CopyRequest.into(target, CreateRequest.of(uri("b.vdi")).withSize(2L * SIZE)))
                .join();
        assertEquals(2L * SIZE, target.size());
        assertArrayEquals(Arrays.copyOf(all(source), 2 * SIZE), all(target));
        assertEquals(modification(source), modification(target));
    }

    @Test
    void moveKeepsTheUuidAndTheContent() throws Exception {
        VirtualDisk disk = base("a.vmdk");
        write(disk, 1, 0, SIZE);
        UUID uuid = disk.last().info().uuid();
        disk.move(disk.last(), uri("b.vmdk")).join();
        assertEquals(Set.of("b.vmdk"), files.files().keySet());
        assertEquals(uuid, disk.last().info().uuid());
        assertEquals(uri("b.vmdk"), disk.last().location());
        assertArrayEquals(RawDiskTest.random(1, SIZE), all(disk));
        files.put("c.vmdk", MemoryStorage.of(new byte[3]));
        assertEquals(
                ErrorCode.EXISTS,
                code(() -> disk.move(disk.last(), uri("c.vmdk")).join()));
    }

    // --- 14: compact ---

    @Test
    void compactFreesWhatIsZeroOrAsInTheParent() throws Exception {
        VirtualDisk disk = base("a.vdi");
        write(disk, 1, 0, SIZE);
        diff(disk, "b.vdi", OpenFlag.HONOR_SAME, OpenFlag.HONOR_ZEROES);
        write(disk, 1, 0, BLOCK);
        disk.write(ByteBuffer.allocate(BLOCK), BLOCK);
        write(disk, 2, 2 * BLOCK, BLOCK);
        disk.flush();
        byte[] model = all(disk);
        long before = disk.last().fileSize();
        disk.compact(disk.last()).join();
        assertEquals(before - 2 * BLOCK, disk.last().fileSize());
        assertArrayEquals(model, all(disk));
        assertEquals(0, disk.check(disk.last()).join().errors());
        assertEquals(0, disk.check(disk.last()).join().leaks());
    }

    @Test
    void compactOfFixedImagesDoesNothingAndOfRawIsRefused() throws Exception {
        VirtualDisk fixed = disk();
        fixed.create(CreateRequest.of(uri("a.vdi")).withSize(SIZE).with(ImageFlag.FIXED));
        fixed.compact(fixed.last()).join();
        VirtualDisk raw = base("a.img");
        assertEquals(ErrorCode.NOT_SUPPORTED, code(() -> raw.compact(raw.last()).join()));
    }

    // --- 15: async ---

    @Test
    void scatterListsOfAnyShapeAreOneRequest() throws Exception {
        VirtualDisk disk = base("a.vdi", OpenFlag.ASYNC_IO);
        byte[] data = RawDiskTest.random(1, 3 * 512);
        List<ByteBuffer> parts =
                List.of(ByteBuffer.wrap(data, 0, 512), ByteBuffer.allocate(0), ByteBuffer.wrap(data, 512, 1024));
        disk.writeAsync(parts, 512).join();
        ByteBuffer read = ByteBuffer.allocateDirect(3 * 512);
        disk.readAsync(List.of(read), 512).join();
        byte[] back = new byte[3 * 512];
        read.flip().get(back);
        assertArrayEquals(data, back);
    }

    @Test
    void asyncNeedsItsFlag() throws Exception {
        VirtualDisk disk = base("a.vdi");
        CompletableFuture<Void> refused = disk.flushAsync();
        assertTrue(refused.isCompletedExceptionally());
    }

    // --- 16: access listener ---

    @Test
    void accessListenerCallsAreBalancedOnEveryPath() throws Exception {
        StrictListener listener = new StrictListener();
        VirtualDisk disk = platform.manager().newDisk(DiskOptions.DEFAULT.withListener(listener));
        disks.add(disk);
        assertThrows(DiskException.class, () -> disk.open(OpenRequest.of(uri("none.vdi"))));
        disk.create(CreateRequest.of(uri("a.vdi")).withSize(SIZE).withOpenFlags(Set.of(OpenFlag.ASYNC_IO)));
        write(disk, 1, 0, SIZE);
        assertThrows(IllegalArgumentException.class, () -> write(disk, 1, SIZE, 512));
        diff(disk, "b.vdi");
        disk.compact(disk.last()).join();
        disk.merge(disk.layers().get(1), disk.layers().get(0)).join();
        disk.last().info();
        assertThrows(
                IllegalArgumentException.class,
                () -> disk.last().update(ImageAttributes.NONE.withPhysical(new Geometry(1, 17, 63))));
        disk.flush();
        disk.close();
        assertEquals(0, listener.inside());
        assertTrue(listener.calls() > 10);
    }

    @Test
    void accessListenerCallsOfAsynchronousRequestsAreBalanced() throws Exception {
        CountingListener listener = new CountingListener();
        VirtualDisk disk = platform.manager().newDisk(DiskOptions.DEFAULT.withListener(listener));
        disks.add(disk);
        disk.create(CreateRequest.of(uri("a.vdi")).withSize(SIZE).withOpenFlags(Set.of(OpenFlag.ASYNC_IO)));
        disk.writeAsync(List.of(ByteBuffer.allocate(512)), 0).join();
        assertThrows(IllegalArgumentException.class, () -> disk.readAsync(List.of(ByteBuffer.allocate(1)), 0));
        disk.flushAsync().join();
        disk.close();
        assertTrue(disk.readAsync(List.of(ByteBuffer.allocate(512)), 0).isCompletedExceptionally());
        assertEquals(0, listener.inside());
        assertEquals(4, listener.writes());
        assertEquals(0, listener.reads()); // both were refused before they began
    }

    // --- 17: probe ---

    @Test
    void probeAnswersAsTheRulesSay() throws Exception {
        base("a.vdi");
        assertEquals("VDI", platform.manager().probe(uri("a.vdi")).orElseThrow().name());
        files.put("short.bin", MemoryStorage.of(new byte[10]));
        assertEquals(Optional.empty(), platform.manager().probe(uri("short.bin")));
        assertEquals(ErrorCode.NOT_FOUND, code(() -> platform.manager().probe(uri("none"))));
        base("raw.img");
        assertEquals(Optional.empty(), platform.manager().probe(uri("raw.img")));
        assertEquals(ErrorCode.NOT_SUPPORTED, code(() -> disk().open(OpenRequest.of(uri("short.bin")))));
    }

    @Test
    void aFormatNamedByTheCallerIsFinal() throws Exception {
        VirtualDisk disk = base("a.vdi");
        disk.close();
        VirtualDisk raw = disk();
        raw.open(OpenRequest.of(uri("a.vdi")).withFormat("raw"));
        assertEquals("RAW", raw.last().format().name());
    }

    // --- parents ---

    @Test
    void circlesAreFound() throws Exception {
        VirtualDisk disk = base("a.vdi");
        diff(disk, "b.vdi");
        ParentLink link = new ParentLink(disk.last().info().uuid(), ParentLink.NIL, "", List.of());
        disk.close();
        VirtualDisk alone = disk();
        alone.open(OpenRequest.of(uri("a.vdi")));
        alone.last().update(ImageAttributes.NONE.withParent(link));
        alone.close();
        DiskException e = assertThrows(DiskException.class, () -> disk().openChain(OpenRequest.of(uri("b.vdi"))));
        assertEquals(ErrorCode.BAD_STATE, e.code());
    }

    @Test
    void rebaseOntoNothingMakesABase() throws Exception {
        VirtualDisk disk = base("a.vdi");
        write(disk, 1, 0, SIZE);
        diff(disk, "b.vdi");
        write(disk, 2, 512, 512);
        byte[] model = all(disk);
        disk.rebase(Optional.empty(), VirtualDisk.RebaseMode.SAFE).join();
        assertEquals(1, disk.layers().size());
        assertArrayEquals(model, all(disk));
        disk.close();
        VirtualDisk again = disk();
        again.open(OpenRequest.of(uri("b.vdi")));
        assertArrayEquals(model, all(again));
    }

    // --- 18: comments ---

    @Test
    void commentsKeepTheirCharactersAndTheirLimits() throws Exception {
        String odd = "a\\b\n\rc 'ü€' \"q\"";
        VirtualDisk vmdk = base("a.vmdk");
        vmdk.last().update(ImageAttributes.NONE.withComment(odd));
        vmdk.close();
        VirtualDisk again = disk();
        assertEquals(odd, again.open(OpenRequest.of(uri("a.vmdk"))).info().comment());
        VirtualDisk vdi = base("a.vdi");
        vdi.last().update(ImageAttributes.NONE.withComment("x".repeat(255)));
        assertThrows(DiskException.class, () -> vdi.last().update(ImageAttributes.NONE.withComment("x".repeat(256))));
    }
}
