// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.platter.container.storage.host.HostFailure;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

class HostFailureTest {
    @TempDir
    Path folder;

    private final FileStorageProvider provider = new FileStorageProvider();

    private void means(ErrorCode code, String doing, IOException failure) {
        DiskException meaning =
                assertInstanceOf(DiskException.class, HostFailure.of(folder.resolve("a"), doing, failure));
        assertEquals(code, meaning.code());
        assertTrue(meaning.getMessage().startsWith(folder.resolve("a") + ": "), meaning.getMessage());
        assertSame(failure, meaning.getCause());
    }

    @Test
    void codesFollowTheHostsWords() {
        means(ErrorCode.DISK_FULL, "write", new IOException("No space left on device"));
        means(ErrorCode.DISK_FULL, "write", new IOException("Disk quota exceeded"));
        means(ErrorCode.DISK_FULL, "write", new IOException("There is not enough space on the disk"));
        means(ErrorCode.READ_ONLY, "open", new FileSystemException("a", null, "Read-only file system"));
        means(ErrorCode.DENIED, "open", new AccessDeniedException("a"));
        means(ErrorCode.DENIED, "open", new FileSystemException("a", null, "Operation not permitted"));
        means(ErrorCode.IO, "write", new IOException("Input/output error"));
        means(ErrorCode.IO, "read", new IOException());
    }

    @Test
    void whatIsClearAlreadyStays() {
        EOFException end = new EOFException("end");
        assertSame(end, HostFailure.of(folder, "read", end));
        DiskException clear = new DiskException(ErrorCode.LOCKED, "locked");
        assertSame(clear, HostFailure.of(folder, "read", clear));
    }

    @Test
    void shownNamesAreHarmlessAndShort() {
        assertEquals("a\\u000ab\\u202ec", HostFailure.shown("a\nb\u202ec"));
        assertEquals(301, HostFailure.shown("x".repeat(5000)).length());
        assertEquals("ä 漢 😀", HostFailure.shown("ä 漢 😀"));
    }

    private interface Claim {
        void of(Path mount) throws Exception;
    }

    private void onTmpfs(String options, Claim claim) throws Exception {
        Host.requireRoot();
        Path mount = Files.createDirectory(folder.resolve("mount"));
        Host.run("mount", "-t", "tmpfs", "-o", options, "tmpfs", mount.toString());
        try {
            claim.of(mount);
        } finally {
            Host.run("umount", mount.toString());
        }
    }

    @Test
    void aFullDiskIsToldAndWhatWasThereStays() throws Exception {
        onTmpfs("size=1m", mount -> {
            try (Storage storage = provider.open(mount.resolve("a").toUri(), StorageProviderContract.CREATE)) {
                storage.write(ByteBuffer.wrap(StorageProviderContract.random(500_000)), 0);
                Host.fails(ErrorCode.DISK_FULL, () -> storage.write(ByteBuffer.allocate(1 << 20), 500_000));
                Host.fails(ErrorCode.DISK_FULL, () -> storage.write(ByteBuffer.allocateDirect(1 << 20), 500_000));
                Host.fails(ErrorCode.DISK_FULL, () -> storage.preallocate(0, 2 << 20));
                storage.write(ByteBuffer.allocate(200_000), 500_000); // what failed took no room
                Host.fails(ErrorCode.DISK_FULL, () -> storage.transferTo(0, 450_000, storage, 700_000));
                assertEquals(
                        ByteBuffer.wrap(StorageProviderContract.random(500_000)),
                        ByteBuffer.wrap(StorageProviderContract.bytes(storage, 0, 500_000)));
                storage.resize(1000);
                storage.write(ByteBuffer.allocate(1000), 1000);
            }
        });
    }

    @Test
    void fullDisksAreKnownInAnyLanguage() throws Exception {
        onTmpfs("size=64k", mount -> {
            Files.write(mount.resolve("fill"), new byte[64 << 10]);
            IOException german = new IOException("Auf dem Gerät ist kein Speicherplatz mehr verfügbar");
            IOException failure = HostFailure.of(mount.resolve("fill"), "write", german);
            assertEquals(ErrorCode.DISK_FULL, ((DiskException) failure).code());
        });
    }

    @Test
    void aReadOnlyFileSystemIsTold() throws Exception {
        onTmpfs("size=1m", mount -> {
            Files.write(mount.resolve("a"), new byte[100]);
            Host.run("mount", "-o", "remount,ro", mount.toString());
            Host.fails(
                    ErrorCode.READ_ONLY,
                    () -> provider.open(mount.resolve("a").toUri(), StorageProviderContract.WRITE));
            Host.fails(
                    ErrorCode.READ_ONLY,
                    () -> provider.open(mount.resolve("b").toUri(), StorageProviderContract.CREATE));
            Host.fails(
                    ErrorCode.READ_ONLY,
                    () -> provider.delete(mount.resolve("a").toUri()));
            Host.fails(
                    ErrorCode.READ_ONLY,
                    () -> provider.move(
                            mount.resolve("a").toUri(), mount.resolve("b").toUri()));
            try (Storage reader = provider.open(mount.resolve("a").toUri(), StorageProviderContract.READ)) {
                assertEquals(100, reader.size());
            }
            FileSystemException german = new FileSystemException("a", null, "Das Dateisystem ist nur lesbar");
            IOException failure = HostFailure.of(mount.resolve("a"), "open", german);
            assertEquals(ErrorCode.READ_ONLY, ((DiskException) failure).code());
        });
    }

    @Test
    void aForbiddenFileIsDenied() throws Exception {
        onTmpfs("size=1m,mode=700", mount -> {
            Path file = Files.write(mount.resolve("a"), new byte[10]);
            Host.requireTool("chattr");
            Host.run("chattr", "+i", file.toString()); // what stops even root
            Host.fails(ErrorCode.DENIED, () -> provider.open(file.toUri(), StorageProviderContract.WRITE));
            Host.fails(ErrorCode.DENIED, () -> provider.delete(file.toUri()));
            Host.fails(
                    ErrorCode.DENIED,
                    () -> provider.move(file.toUri(), mount.resolve("b").toUri()));
            assertTrue(provider.exists(file.toUri()));
            try (Storage reader = provider.open(file.toUri(), StorageProviderContract.READ)) {
                assertEquals(10, reader.size());
            }
        });
    }
}
