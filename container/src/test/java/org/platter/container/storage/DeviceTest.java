// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.platter.container.storage.StorageProviderContract.READ;
import static org.platter.container.storage.StorageProviderContract.WRITE;
import static org.platter.container.storage.StorageProviderContract.bytes;
import static org.platter.container.storage.StorageProviderContract.random;

import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/** A block device made of a file. */
class DeviceTest {
    private static final int SIZE = 1 << 20;

    @TempDir
    Path folder;

    private final FileStorageProvider provider = new FileStorageProvider();
    private String device;
    private URI location;

    @BeforeEach
    void makeDevice() throws Exception {
        Host.requireRoot();
        Host.requireTool("losetup");
        Host.require(Files.exists(Path.of("/dev/loop-control")), "loop devices");
        Path file = Files.write(folder.resolve("file"), random(SIZE));
        device = Host.run("losetup", "--find", "--show", file.toString());
        location = Path.of(device).toUri();
    }

    @AfterEach
    void removeDevice() throws Exception {
        if (device != null) {
            Host.run("losetup", "--detach", device);
        }
    }

    @Test
    void isReadWhereTheUserNamesIt() throws Exception {
        try (Storage storage = provider.open(location, READ)) {
            assertEquals(SIZE, storage.size());
            assertArrayEquals(random(SIZE), bytes(storage, 0, SIZE));
            assertEquals(0, storage.nextData(0));
            assertEquals(SIZE, storage.nextHole(0));
            assertEquals(SIZE, storage.allocatedSize());
        }
    }

    @Test
    void isWrittenButKeepsItsSize() throws Exception {
        try (Storage storage = provider.open(location, WRITE)) {
            storage.write(ByteBuffer.wrap(new byte[512]), SIZE - 512);
            storage.zero(512, 100_000);
            storage.discard(200_000, 100_000);
            storage.preallocate(0, SIZE);
            storage.transferTo(0, 512, storage, 200_000);
            storage.flush();
            byte[] expected = random(SIZE);
            System.arraycopy(new byte[100_000], 0, expected, 512, 100_000);
            System.arraycopy(expected, 0, expected, 200_000, 512);
            System.arraycopy(new byte[512], 0, expected, SIZE - 512, 512);
            assertArrayEquals(expected, bytes(storage, 0, SIZE));
            Host.fails(ErrorCode.BAD_SIZE, () -> storage.write(ByteBuffer.allocate(513), SIZE - 512));
            Host.fails(ErrorCode.BAD_SIZE, () -> storage.zero(SIZE, 512));
            Host.fails(ErrorCode.BAD_SIZE, () -> storage.preallocate(0, SIZE + 512));
            Host.fails(ErrorCode.NOT_SUPPORTED, () -> storage.resize(512));
            Host.fails(ErrorCode.LOCKED, () -> provider.open(location, WRITE));
        }
    }

    @Test
    void isNeverDeletedMovedOrMade() {
        URI target = folder.resolve("x").toUri();
        Host.fails(ErrorCode.DENIED, () -> provider.delete(location));
        Host.fails(ErrorCode.DENIED, () -> provider.move(location, target));
        Host.fails(ErrorCode.EXISTS, () -> provider.open(location, StorageProviderContract.CREATE));
        assertTrue(Files.exists(Path.of(device)));
    }

    @Test
    void isNamedByImagesOnlyIfTheCallerAllowsIt() throws Exception {
        URI base = folder.resolve("a").toUri();
        Host.fails(ErrorCode.DENIED, () -> provider.resolve(base, device, false));
        Files.createSymbolicLink(folder.resolve("link"), Path.of(device));
        Host.fails(ErrorCode.DENIED, () -> provider.resolve(base, "link", false));
        assertEquals(location, provider.resolve(base, device, true));
    }

    @Test
    void isNotWrittenWhileTheHostUsesIt() throws Exception {
        Host.requireTool("mkfs.ext2");
        Host.run("mkfs.ext2", "-q", device);
        Path mount = Files.createDirectory(folder.resolve("mount"));
        Host.run("mount", "-o", "ro", device, mount.toString());
        try {
            String message = Host.fails(ErrorCode.LOCKED, () -> provider.open(location, WRITE));
            assertTrue(message.contains("mounted"), message);
            provider.open(location, READ).close();
        } finally {
            Host.run("umount", mount.toString());
        }
        provider.open(location, WRITE).close();
    }
}
