// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;
import org.platter.storage.StorageProvider;

class FileStorageProviderTest extends StorageProviderContract {
    @TempDir
    Path folder;

    private final FileStorageProvider provider = new FileStorageProvider();

    @Override
    StorageProvider provider() {
        return provider;
    }

    @Override
    URI location(String name) {
        return folder.resolve(name).toUri();
    }

    @AfterEach
    void nothingStaysOpen() throws IOException {
        if (System.getProperty("os.name").equals("Linux")) {
            for (Path file : provider.siblings(location("any"), 100).stream()
                    .map(Path::of)
                    .toList()) {
                assertEquals(0, Host.handles(file), file + " is still open");
            }
        }
    }

    private void opensNot(String name, String kind) {
        String message = Host.fails(ErrorCode.DENIED, () -> provider.open(location(name), READ));
        assertTrue(message.contains(name) && message.contains(kind), message);
        Host.fails(ErrorCode.DENIED, () -> provider.open(location(name), WRITE));
        Host.fails(ErrorCode.DENIED, () -> provider.delete(location(name)));
        Host.fails(ErrorCode.DENIED, () -> provider.resolve(location("a"), name, false));
        Host.fails(ErrorCode.DENIED, () -> provider.resolve(location("a"), name, true));
        assertTrue(Files.exists(folder.resolve(name)));
    }

    @Test
    void aFolderIsNoStorage() throws IOException {
        Files.createDirectory(folder.resolve("sub"));
        opensNot("sub", "a directory");
    }

    @Test
    void aPipeIsNotWaitedFor() throws Exception {
        Host.requireLinux();
        Host.run("mkfifo", folder.resolve("pipe").toString());
        opensNot("pipe", "a pipe");
    }

    @Test
    void aSocketIsNoStorage() throws Exception {
        Host.requireLinux();
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(folder.resolve("socket")));
            opensNot("socket", "a socket");
        }
    }

    @Test
    void aCharacterDeviceIsNoStorage() throws IOException {
        Host.requireLinux();
        Files.createSymbolicLink(folder.resolve("zero"), Path.of("/dev/zero"));
        String message = Host.fails(ErrorCode.DENIED, () -> provider.open(location("zero"), READ));
        assertTrue(message.contains("a character device"), message);
        Host.fails(ErrorCode.DENIED, () -> provider.resolve(location("a"), "/dev/zero", true));
    }

    @Test
    void linksAreTheFileThatTheyLeadTo() throws IOException {
        try (Storage storage = create("a", random(10))) {
            Files.createSymbolicLink(folder.resolve("link"), folder.resolve("a"));
            Files.createLink(folder.resolve("hard"), folder.resolve("a"));
            Host.fails(ErrorCode.LOCKED, () -> provider.open(location("link"), WRITE));
            Host.fails(ErrorCode.LOCKED, () -> provider.open(location("hard"), WRITE));
            try (Storage reader = provider.open(location("link"), READ)) {
                assertArrayEquals(random(10), bytes(reader, 0, 10));
                assertEquals(location("link"), reader.location());
                assertEquals(10, storage.size());
            }
        }
    }

    @Test
    void deletingALinkLeavesTheFile() throws IOException {
        create("a", random(10)).close();
        Files.createSymbolicLink(folder.resolve("link"), folder.resolve("a"));
        provider.delete(location("link"));
        assertFalse(provider.exists(location("link")));
        assertTrue(provider.exists(location("a")));
    }

    @Test
    void aLinkToNothingExistsAndIsNotMade() throws IOException {
        Files.createSymbolicLink(folder.resolve("link"), folder.resolve("nowhere"));
        assertTrue(provider.exists(location("link")));
        Host.fails(ErrorCode.NOT_FOUND, () -> provider.open(location("link"), WRITE));
        Host.fails(ErrorCode.EXISTS, () -> create("link"));
        assertFalse(Files.exists(folder.resolve("nowhere")));
    }

    @Test
    void linksAreNotMoved() throws IOException {
        create("a").close();
        Files.createSymbolicLink(folder.resolve("link"), Path.of("a"));
        String message = Host.fails(ErrorCode.DENIED, () -> provider.move(location("link"), location("b")));
        assertTrue(message.contains("a link"), message);
    }

    @Test
    void aStorageOpenedByALinkFollowsTheFile() throws IOException {
        create("a", random(10)).close();
        Files.createSymbolicLink(folder.resolve("link"), folder.resolve("a"));
        Files.createLink(folder.resolve("hard"), folder.resolve("a"));
        try (Storage link = provider.open(location("link"), READ);
                Storage hard = provider.open(location("hard"), READ)) {
            provider.move(location("a"), location("b"));
            assertEquals(location("b"), link.location());
            assertEquals(location("hard"), hard.location());
        }
    }

    @Test
    void movingNeedsAFolderToMoveTo() throws IOException {
        create("a").close();
        String message = Host.fails(ErrorCode.NOT_FOUND, () -> provider.move(location("a"), location("sub/a")));
        assertTrue(message.contains("no such folder"), message);
        assertTrue(provider.exists(location("a")));
    }

    @Test
    void movingToAnotherFileSystemIsForTheCallerToDo() throws Exception {
        Host.requireRoot();
        create("a", random(10)).close();
        Path mount = Files.createDirectory(folder.resolve("mount"));
        Host.run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount.toString());
        try {
            Host.fails(ErrorCode.NOT_SUPPORTED, () -> provider.move(location("a"), location("mount/a")));
            assertTrue(provider.exists(location("a")));
            assertFalse(provider.exists(location("mount/a")));
        } finally {
            Host.run("umount", mount.toString());
        }
    }

    @Test
    void whatIsOpenForWritingIsNotDeleted() throws IOException {
        try (Storage storage = create("a", random(10))) {
            String message = Host.fails(ErrorCode.LOCKED, () -> provider.delete(location("a")));
            assertTrue(message.contains("this process"), message);
            assertEquals(10, storage.size());
        }
        try (Storage reader = provider.open(location("a"), READ)) {
            provider.delete(location("a"));
            assertEquals(10, bytes(reader, 0, 10).length);
        }
        assertFalse(provider.exists(location("a")));
    }

    @Test
    void readingChangesNoByteAndNoTime() throws IOException {
        Path file = Files.write(folder.resolve("a"), random(100_000));
        FileTime then = FileTime.fromMillis(1_000_000_000_000L);
        Files.setLastModifiedTime(file, then);
        Object changed = Files.getAttribute(file, "unix:ctime");
        try (Storage storage = provider.open(location("a"), READ)) {
            bytes(storage, 0, 100_000);
            storage.nextHole(0);
            storage.allocatedSize();
            storage.flush();
        }
        assertEquals(then, Files.getLastModifiedTime(file));
        assertEquals(changed, Files.getAttribute(file, "unix:ctime"));
    }

    @Test
    void missingFoldersAreNamed() throws IOException {
        String message = Host.fails(ErrorCode.NOT_FOUND, () -> create("no/such/a"));
        assertTrue(message.endsWith("no such folder: " + folder.resolve("no/such")), message);
        message = Host.fails(ErrorCode.NOT_FOUND, () -> provider.open(location("b"), READ));
        assertTrue(message.endsWith("b: no such file"), message);
        create("a").close();
        Host.fails(ErrorCode.NOT_FOUND, () -> provider.open(location("a/b"), READ));
        Host.fails(ErrorCode.NOT_FOUND, () -> create("a/b"));
        assertFalse(provider.exists(location("a/b")));
    }

    @Test
    void endlessNamesAndLinksAreTheHostsToRefuse() throws IOException {
        Host.requireLinux();
        String message = Host.fails(ErrorCode.IO, () -> create("x".repeat(300)));
        assertTrue(message.contains("too long"), message);
        Files.createSymbolicLink(folder.resolve("one"), folder.resolve("two"));
        Files.createSymbolicLink(folder.resolve("two"), folder.resolve("one"));
        Host.fails(ErrorCode.IO, () -> provider.open(location("one"), READ));
    }

    @Test
    void onlyPlainFileLocationsAreFiles() {
        for (String bad :
                List.of("file:a", "file://other/a", "file:///a?b", "file:///a#b", "http://x/", "file:///a%00b")) {
            Host.fails(ErrorCode.NOT_FOUND, () -> provider.open(URI.create(bad), READ));
            Host.fails(ErrorCode.NOT_FOUND, () -> provider.exists(URI.create(bad)));
        }
    }

    @Test
    void siblingsAreRegularFilesOnly() throws Exception {
        create("b").close();
        Files.createDirectory(folder.resolve("a"));
        Files.createSymbolicLink(folder.resolve("c"), folder.resolve("b"));
        Files.createSymbolicLink(folder.resolve("d"), folder.resolve("a"));
        assertEquals(List.of(location("b")), provider.siblings(location("b"), 10));
        assertEquals(List.of(location("b"), location("c")), provider.siblings(location("c"), 10));
        assertEquals(List.of(location("b")), provider.siblings(folder.toUri(), 10));
        assertEquals(List.of(location("b")), provider.siblings(folder.toUri().resolve("."), 10));
        Host.fails(ErrorCode.NOT_FOUND, () -> provider.siblings(location("none/a"), 10));
        Host.fails(ErrorCode.NOT_FOUND, () -> provider.siblings(location("b/a"), 10));
    }
}
