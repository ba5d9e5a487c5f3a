// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.platter.container.storage.StorageProviderContract.bytes;
import static org.platter.container.storage.StorageProviderContract.random;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.platter.container.storage.host.Descriptors;
import org.platter.storage.Storage;

/** Holes on a Linux file system that has them. */
class SparseTest {
    private static final int MIB = 1 << 20;

    @TempDir
    Path folder;

    private final FileStorageProvider provider = new FileStorageProvider();

    @BeforeEach
    void onlyWhereHolesAreKnown() {
        Host.requireLinux();
        assertTrue(Descriptors.available(), "JNA does not load");
    }

    private Storage create(String name) throws IOException {
        return provider.open(folder.resolve(name).toUri(), StorageProviderContract.CREATE);
    }

    @Test
    void dataAndHolesAreFound() throws IOException {
        try (Storage storage = create("a")) {
            storage.write(ByteBuffer.wrap(random(MIB)), 4 * MIB);
            storage.write(ByteBuffer.wrap(random(MIB)), 8 * MIB);
            assertEquals(4 * MIB, storage.nextData(0));
            assertEquals(4 * MIB + 5, storage.nextData(4 * MIB + 5));
            assertEquals(5 * MIB, storage.nextHole(4 * MIB));
            assertEquals(6 * MIB, storage.nextHole(6 * MIB));
            assertEquals(8 * MIB, storage.nextData(5 * MIB));
            assertEquals(9 * MIB, storage.nextHole(8 * MIB));
            storage.resize(20 * MIB);
            assertTrue(storage.nextData(9 * MIB) >= 20 * MIB - 4096);
        }
    }

    @Test
    void growingTakesNoSpaceToSpeakOf() throws IOException {
        try (Storage storage = create("a")) {
            storage.resize(1L << 40);
            assertEquals(1L << 40, storage.size());
            assertTrue(storage.allocatedSize() <= 64 << 10, storage.allocatedSize() + " bytes");
        }
    }

    @Test
    void zeroingAndDiscardingGiveSpaceBack() throws IOException {
        byte[] expected = random(4 * MIB);
        try (Storage storage = create("a")) {
            storage.write(ByteBuffer.wrap(expected), 0);
            storage.flush();
            long before = storage.allocatedSize();
            assertTrue(before >= 4 * MIB);
            storage.zero(100, 2 * MIB);
            Arrays.fill(expected, 100, 100 + 2 * MIB, (byte) 0);
            storage.discard(3 * MIB, 64 * MIB);
            Arrays.fill(expected, 3 * MIB, 4 * MIB, (byte) 0);
            assertEquals(4 * MIB, storage.size());
            assertArrayEquals(expected, bytes(storage, 0, 4 * MIB));
            assertTrue(storage.allocatedSize() <= before - 2 * MIB, storage.allocatedSize() + " bytes");
        }
    }

    @Test
    void preallocatingTakesSpace() throws IOException {
        try (Storage storage = create("a")) {
            storage.preallocate(MIB, 3 * MIB);
            assertEquals(4 * MIB, storage.size());
            assertTrue(storage.allocatedSize() >= 3 * MIB);
            assertArrayEquals(new byte[4 * MIB], bytes(storage, 0, 4 * MIB));
        }
    }

    @Test
    void overlappingTransfersInOneFileMoveBytes() throws IOException {
        byte[] bytes = random(8 * MIB);
        for (int distance : new int[] {-3 * MIB, -1000, 1000, 3 * MIB}) {
            try (Storage storage = create("a" + distance)) {
                storage.write(ByteBuffer.wrap(bytes), 0);
                storage.transferTo(3 * MIB, 5 * MIB - 3000, storage, 3 * MIB + distance);
                byte[] expected = Arrays.copyOf(bytes, 12 * MIB);
                System.arraycopy(bytes, 3 * MIB, expected, 3 * MIB + distance, 5 * MIB - 3000);
                int size = (int) storage.size();
                assertEquals(Math.max(8 * MIB, 8 * MIB - 3000 + distance), size);
                assertArrayEquals(Arrays.copyOf(expected, size), bytes(storage, 0, size));
            }
        }
    }

    @Test
    void transfersCrossFileSystems() throws Exception {
        Path memory = Path.of("/dev/shm");
        Host.require(Files.isWritable(memory), "/dev/shm");
        Path other = Files.createTempDirectory(memory, "platter");
        byte[] bytes = random(5 * MIB);
        try (Storage source = create("a");
                Storage target = provider.open(other.resolve("b").toUri(), StorageProviderContract.CREATE)) {
            source.write(ByteBuffer.wrap(bytes), 0);
            source.transferTo(0, bytes.length, target, 0);
            assertArrayEquals(bytes, bytes(target, 0, bytes.length));
        } finally {
            provider.delete(other.resolve("b").toUri());
            Files.delete(other);
        }
    }

    @Test
    void aFileOfAnotherNameIsNotTouched() throws IOException {
        try (Storage storage = create("a")) {
            storage.write(ByteBuffer.wrap(random(MIB)), 0);
            Files.move(folder.resolve("a"), folder.resolve("moved"));
            Files.write(folder.resolve("a"), random(MIB));
            storage.zero(0, MIB);
            assertArrayEquals(new byte[MIB], bytes(storage, 0, MIB));
            assertArrayEquals(random(MIB), Files.readAllBytes(folder.resolve("a")));
        }
    }
}
