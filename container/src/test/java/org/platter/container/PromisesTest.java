// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.container.storage.FileStorageProvider;
import org.platter.disk.CopyRequest;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskOptions;
import org.platter.disk.Layer;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Geometry;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageFlag;
import org.platter.format.ParentLink;
import org.platter.storage.StorageProvider.Mode;
import org.platter.testkit.Faults.Lasting;
import org.platter.testkit.Faults.Operation;

/** What the C API promises of single calls, where no rule of chains is about it. */
class PromisesTest {
    private static final int SIZE = 1 << 20;

    private final FailingFolder files = new FailingFolder(java.util.Map.of(), () -> {});
    private final TestPlatform platform = TestPlatform.withFileFormats(files);
    private final List<VirtualDisk> disks = new ArrayList<>();

    @AfterEach
    void close() throws DiskException {
        for (VirtualDisk disk : disks) {
            disk.close();
        }
        platform.close();
        assertEquals(0, files.writers());
    }

    private VirtualDisk disk() {
        VirtualDisk disk = platform.manager().newDisk();
        disks.add(disk);
        return disk;
    }

    private static URI uri(String name) {
        return MemoryProvider.uri(name);
    }

    private VirtualDisk base(String name) throws DiskException {
        VirtualDisk disk = disk();
        disk.create(CreateRequest.of(uri(name)).withSize(SIZE));
        return disk;
    }

    private static void write(VirtualDisk disk, int seed) throws DiskException {
        write(disk, seed, 8192);
    }

    private static void write(VirtualDisk disk, int seed, long offset) throws DiskException {
        disk.write(ByteBuffer.wrap(RawDiskTest.random(seed, 4096)), offset);
    }

    @Test
    void imagesSayTheirVersionSizeAndNumber() throws Exception {
        VirtualDisk disk = base("a.vdi");
        disk.create(CreateRequest.of(uri("b.vmdk")));
        assertEquals(2, disk.layers().size());
        assertEquals("1.1", disk.layers().get(0).info().version());
        assertEquals("1", disk.last().info().version());
        assertEquals(SIZE, disk.size());
        assertEquals(SIZE, disk.layers().get(0).info().size());
        assertEquals(1, disk.last().number());
        assertEquals(uri("b.vmdk"), disk.last().location());
        assertEquals(List.of(uri("b.vmdk")), disk.last().files());
    }

    @Test
    void filesBeginWithTheMainOne() throws Exception {
        VirtualDisk disk = disk();
        disk.create(ImageKind.SPLIT.at(uri("a.vmdk")).withSize(3 << 16));
        assertEquals(4, disk.last().files().size());
        assertEquals(uri("a.vmdk"), disk.last().files().get(0));
    }

    @Test
    void uuidsAreKept() throws Exception {
        for (String extension : List.of("vdi", "vmdk")) {
            VirtualDisk disk = base("a." + extension);
            UUID image = UUID.randomUUID();
            UUID modification = UUID.randomUUID();
            ParentLink link = new ParentLink(UUID.randomUUID(), UUID.randomUUID(), "", List.of());
            disk.last()
                    .update(ImageAttributes.NONE
                            .withUuid(image)
                            .withModificationUuid(modification)
                            .withParent(link));
            disk.close();
            VirtualDisk again = disk();
            Layer layer = again.open(OpenRequest.of(uri("a." + extension)).with(OpenFlag.INFO, OpenFlag.READ_ONLY));
            assertEquals(image, layer.info().uuid());
            assertEquals(modification, layer.info().modificationUuid());
            assertEquals(link.uuid(), layer.info().parent().orElseThrow().uuid());
            assertEquals(
                    link.modificationUuid(), layer.info().parent().orElseThrow().modificationUuid());
        }
    }

    @Test
    void geometriesAreKept() throws Exception {
        VirtualDisk disk = base("a.vmdk");
        Geometry physical = new Geometry(100, 16, 63);
        Geometry logical = new Geometry(9, 255, 63);
        disk.last().update(ImageAttributes.NONE.withPhysical(physical).withLogical(logical));
        disk.close();
        VirtualDisk again = disk();
        again.open(OpenRequest.of(uri("a.vmdk")));
        assertEquals(Optional.of(physical), again.last().info().physical());
        assertEquals(Optional.of(logical), again.last().info().logical());
    }

    @Test
    void imagesSayWhetherTheyServeAsynchronousRequests() throws Exception {
        assertTrue(base("a.vdi").last().async());
        assertTrue(base("a.vmdk").last().async());
        assertTrue(base("a.img").last().async());
    }

    /** The causes for which a request for writing becomes one for reading; all else is final. */
    @ParameterizedTest
    @EnumSource(
            value = ErrorCode.class,
            names = {"DENIED", "READ_ONLY", "LOCKED", "IO", "NOT_FOUND", "DISK_FULL", "CORRUPT"})
    void onlyRefusedWritingFallsBackToReading(ErrorCode code) throws Exception {
        base("a.vdi").close();
        files.refuseWriters(code);
        OpenRequest request = OpenRequest.of(uri("a.vdi"));
        if (Set.of(ErrorCode.DENIED, ErrorCode.READ_ONLY, ErrorCode.LOCKED).contains(code)) {
            VirtualDisk disk = disk();
            disk.open(request);
            assertTrue(disk.readOnly());
        } else {
            assertEquals(
                    code,
                    assertThrows(DiskException.class, () -> disk().open(request))
                            .code());
        }
    }

    @Test
    void shareableDisksDoNotExcludeEachOther() throws Exception {
        base("a.img").close();
        OpenRequest request = OpenRequest.of(uri("a.img")).with(OpenFlag.SHAREABLE);
        VirtualDisk one = disk();
        VirtualDisk other = disk();
        one.open(request);
        other.open(request);
        assertFalse(other.readOnly());
        write(one, 1);
        assertArrayEquals(RawDiskTest.random(1, 4096), RawDiskTest.read(other, 8192, 4096));
    }

    @Test
    void flushesAreIgnoredWhereTheFlagSaysSo() throws Exception {
        VirtualDisk disk = disk();
        disk.create(CreateRequest.of(uri("a.vdi")).withSize(SIZE).withOpenFlags(Set.of(OpenFlag.IGNORE_FLUSH)));
        assertEquals(Set.of(Mode.CREATE, Mode.UNSYNCED), files.modes("a.vdi"));
        disk.close();
        disk.open(OpenRequest.of(uri("a.vdi")).with(OpenFlag.IGNORE_FLUSH));
        assertEquals(Set.of(Mode.WRITE, Mode.UNSYNCED), files.modes("a.vdi"));
        disk.close();
        disk.open(OpenRequest.of(uri("a.vdi")));
        assertEquals(Set.of(Mode.WRITE), files.modes("a.vdi"));
    }

    @Test
    void aParentOfAnotherFormatAndSizeIsRefusedToo() throws Exception {
        VirtualDisk disk = base("a.vdi");
        UUID wanted = disk.last().info().uuid();
        disk.create(CreateRequest.of(uri("b.vdi")));
        disk.close();
        VirtualDisk other = disk();
        other.create(CreateRequest.of(uri("c.vmdk")).withSize(2 * SIZE));
        UUID found = other.last().info().uuid();
        DiskException e = assertThrows(DiskException.class, () -> other.open(OpenRequest.of(uri("b.vdi"))));
        assertEquals(ErrorCode.UUID_MISMATCH, e.code());
        assertTrue(e.getMessage().contains(wanted.toString()) && e.getMessage().contains(found.toString()));
    }

    @Test
    void aFolderIsNoImage(@TempDir Path folder) throws Exception {
        platform.with("file", new FileStorageProvider());
        DiskException e =
                assertThrows(DiskException.class, () -> platform.manager().probe(folder.toUri()));
        assertEquals(ErrorCode.DENIED, e.code());
        assertTrue(e.getMessage().contains(folder.getFileName().toString()));
    }

    @Test
    void aChainWithoutItsMiddleIsRefused() throws Exception {
        VirtualDisk disk = base("a.vdi");
        disk.create(CreateRequest.of(uri("b.vdi")));
        disk.create(CreateRequest.of(uri("c.vdi")));
        disk.close();
        VirtualDisk skipping = disk();
        skipping.open(OpenRequest.of(uri("a.vdi")));
        DiskException e = assertThrows(DiskException.class, () -> skipping.open(OpenRequest.of(uri("c.vdi"))));
        assertEquals(ErrorCode.UUID_MISMATCH, e.code());
        assertFalse(skipping.readOnly());
    }

    @Test
    void aCopyWithoutAFormatHasThatOfItsSource() throws Exception {
        VirtualDisk disk = base("a.vmdk");
        write(disk, 1);
        VirtualDisk target = disk();
        disk.copy(disk.last(), CopyRequest.into(target, CreateRequest.of(uri("copy"))))
                .join();
        assertEquals("VMDK", target.last().format().name());
        assertEquals(SIZE, target.size());
    }

    @Test
    void aCopyToASmallerImageIsCutOff() throws Exception {
        VirtualDisk disk = base("a.vdi");
        write(disk, 1);
        VirtualDisk target = disk();
        CopyRequest request = new CopyRequest(
                target, Optional.of(CreateRequest.of(uri("b.vdi")).withSize(16384)), OptionalLong.of(16384), false);
        disk.copy(disk.last(), request).join();
        assertEquals(16384, target.size());
        assertArrayEquals(RawDiskTest.read(disk, 0, 16384), RawDiskTest.read(target, 0, 16384));
    }

    @Test
    void aFlushCoversWhatHadCompletedAndClosingWaits() throws Exception {
        VirtualDisk disk = disk();
        disk.create(CreateRequest.of(uri("a.vdi")).withSize(SIZE).withOpenFlags(Set.of(OpenFlag.ASYNC_IO)));
        List<CompletableFuture<Void>> writes = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            ByteBuffer data = ByteBuffer.wrap(RawDiskTest.random(i, 4096));
            writes.add(disk.writeAsync(List.of(data), i * 8192L));
        }
        CompletableFuture<Void> flush = disk.flushAsync();
        disk.close();
        flush.join();
        writes.forEach(CompletableFuture::join);
        VirtualDisk again = disk();
        again.open(OpenRequest.of(uri("a.vdi")));
        for (int i = 0; i < 64; i++) {
            assertArrayEquals(RawDiskTest.random(i, 4096), RawDiskTest.read(again, i * 8192L, 4096));
        }
    }

    @ParameterizedTest
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    @ValueSource(strings = {"vdi", "vmdk"})
    void onlyGrowingWritesWaitForAGrowingWrite(String extension) throws Exception {
        HeldRequest held = new HeldRequest();
        try (TestPlatform other = TestPlatform.withFileFormats(held.files());
                VirtualDisk disk = other.manager().newDisk()) {
            disk.create(CreateRequest.of(uri("a." + extension))
                    .withSize(8 * SIZE)
                    .withOpenFlags(Set.of(OpenFlag.ASYNC_IO)));
            write(disk, 1);
            CompletableFuture<Void> growth = held.start(() -> {
                write(disk, 2, 4 * SIZE);
                return null;
            });
            write(disk, 3);
            assertArrayEquals(RawDiskTest.random(3, 4096), RawDiskTest.read(disk, 8192, 4096));
            disk.writeAsync(List.of(ByteBuffer.wrap(RawDiskTest.random(4, 4096))), 8192)
                    .get(1, TimeUnit.MINUTES);
            assertArrayEquals(RawDiskTest.random(4, 4096), RawDiskTest.read(disk, 8192, 4096));
            assertFalse(growth.isDone());
            held.letGo();
            growth.get(1, TimeUnit.MINUTES);
            assertArrayEquals(RawDiskTest.random(2, 4096), RawDiskTest.read(disk, 4 * SIZE, 4096));
        }
    }

    @Test
    void accessListenerCallsAreBalancedWhateverFails() throws Exception {
        for (int nth = 1; nth < 40; nth++) {
            StrictListener listener = new StrictListener();
            VirtualDisk disk = platform.manager().newDisk(DiskOptions.DEFAULT.withListener(listener));
            disks.add(disk);
            files.faults().fail(Operation.CHANGES, nth, Lasting.ONCE);
            try {
                disk.create(CreateRequest.of(uri("a" + nth + ".vdi")).withSize(SIZE));
                write(disk, 1);
                disk.create(CreateRequest.of(uri("b" + nth + ".vdi")).with(ImageFlag.DIFF));
                write(disk, 2);
                disk.compact(disk.last()).join();
                disk.merge(disk.last(), disk.layers().get(0)).join();
                disk.flush();
            } catch (DiskException e) {
                assertEquals(ErrorCode.IO, e.code());
            }
            assertEquals(0, listener.inside());
            files.heal();
            if (Stage.lost(disk)) {
                assertThrows(DiskException.class, disk::close);
            } else {
                disk.close();
            }
            assertEquals(0, listener.inside());
        }
    }

    @Test
    void aSignatureInsideARawDiskIsNone() throws Exception {
        base("a.vdi").close();
        VirtualDisk disk = base("raw.img");
        disk.write(ByteBuffer.wrap(files.files().get("a.vdi").bytes(0, 512)), 512);
        disk.close();
        assertEquals(Optional.empty(), platform.manager().probe(uri("raw.img")));
    }
}
