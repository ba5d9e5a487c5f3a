// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.platter.backend.raw.RawBackend;
import org.platter.disk.CopyRequest;
import org.platter.disk.CreateRequest;
import org.platter.disk.MapEntry;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

class RawDiskTest {
    private final MemoryProvider files = new MemoryProvider();
    private final TestPlatform platform =
            new TestPlatform().with(new RawBackend()).with("mem", files);

    @AfterEach
    void close() {
        platform.close();
    }

    static byte[] random(int seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static byte[] read(VirtualDisk disk, long offset, int length) throws DiskException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        disk.read(buffer, offset);
        return buffer.array();
    }

    @Test
    void readsBackWhatWasWritten() throws Exception {
        try (VirtualDisk disk = platform.raw("a.img", 8 << 20)) {
            byte[] data = random(1, 5 << 20);
            disk.write(ByteBuffer.wrap(data), 512);
            disk.flush();
            assertArrayEquals(data, read(disk, 512, data.length));
            assertArrayEquals(new byte[512], read(disk, 0, 512));
        }
    }

    @Test
    void refusesRangesOutsideTheDiskByName() throws Exception {
        try (VirtualDisk disk = platform.raw("a.img", 1 << 20)) {
            assertThrows(IllegalArgumentException.class, () -> disk.read(ByteBuffer.allocate(512), 1 << 20));
            assertThrows(
                    IllegalArgumentException.class, () -> disk.read(ByteBuffer.allocate(512), Long.MAX_VALUE - 511));
            assertThrows(IllegalArgumentException.class, () -> disk.read(ByteBuffer.allocate(0), 0));
            assertThrows(IllegalArgumentException.class, () -> disk.read(ByteBuffer.allocate(512), 100));
            assertThrows(IllegalArgumentException.class, () -> disk.read(ByteBuffer.allocate(512), -512));
        }
    }

    @Test
    void emptyDiskIsNotOpened() throws Exception {
        try (VirtualDisk disk = platform.manager().newDisk()) {
            for (var call : List.<org.junit.jupiter.api.function.Executable>of(
                    () -> disk.read(ByteBuffer.allocate(512), 0),
                    () -> disk.write(ByteBuffer.allocate(512), 0),
                    disk::flush,
                    () -> disk.closeLast(VirtualDisk.Disposal.KEEP))) {
                assertEquals(
                        ErrorCode.NOT_OPENED,
                        assertThrows(DiskException.class, call).code());
            }
        }
    }

    @Test
    void copiesOnlyDataAndComparesEqual() throws Exception {
        try (VirtualDisk source = platform.raw("a.img", 64 << 20);
                VirtualDisk target = platform.manager().newDisk()) {
            source.write(ByteBuffer.wrap(random(1, 1 << 20)), 10 << 20);
            source.write(ByteBuffer.wrap(random(2, 4096)), (64 << 20) - 4096);
            source.copy(source.last(), CopyRequest.into(target, CreateRequest.of(MemoryProvider.uri("b.img"))))
                    .join();
            assertTrue(source.compare(target).join().identical());
            assertEquals((1 << 20) + 4096, files.files().get("b.img").allocatedSize());
            List<MapEntry> map = target.map(0, 64 << 20).toList();
            assertEquals(4, map.size());
            assertEquals(10 << 20, map.get(1).offset());
            target.write(ByteBuffer.wrap(random(3, 512)), 512);
            assertEquals(512, source.compare(target).join().difference());
        }
    }

    @Test
    void secondWriterFallsBackToReading() throws Exception {
        try (VirtualDisk disk = platform.raw("a.img", 1 << 20);
                VirtualDisk other = platform.manager().newDisk()) {
            other.open(OpenRequest.of(MemoryProvider.uri("a.img")));
            assertTrue(other.readOnly());
            assertTrue(other.last().openFlags().contains(OpenFlag.READ_ONLY));
        }
        assertEquals(0, files.writers());
    }

    @Test
    void fixedImagesDoNotStandOnOthers() throws Exception {
        platform.raw("a.img", 1 << 20).close();
        try (VirtualDisk disk = platform.raw("b.img", 1 << 20)) {
            DiskException e =
                    assertThrows(DiskException.class, () -> disk.open(OpenRequest.of(MemoryProvider.uri("a.img"))));
            assertEquals(ErrorCode.BAD_TYPE, e.code());
        }
        assertEquals(0, files.writers());
    }
}
