// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.ErrorCode;

class PathJailTest {
    @TempDir
    Path outside;

    private final FileStorageProvider provider = new FileStorageProvider();
    private Path folder;
    private URI base;

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createDirectories(outside.resolve("images"));
        Files.createDirectory(folder.resolve("sub"));
        Files.createFile(outside.resolve("secret"));
        Files.createFile(folder.resolve("file"));
        base = folder.resolve("base.vmdk").toUri();
    }

    private Path resolved(String name) throws IOException {
        return Path.of(provider.resolve(base, name, false));
    }

    private String denied(String name) {
        String message = Host.fails(ErrorCode.DENIED, () -> provider.resolve(base, name, false));
        assertTrue(message.length() < 500, message);
        assertFalse(message.chars().anyMatch(Character::isISOControl), message);
        return message;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a.vmdk",
                "sub/a.vmdk",
                "a b.vmdk",
                "ä-flat.vmdk",
                "...a",
                ".hidden",
                "a..b",
                "file",
                "nbd:x",
                "con1",
                "{a}.vdi",
                "sub/new/deep"
            })
    void plainNamesStayBelowTheFolder(String name) throws IOException {
        assertEquals(folder.resolve(name), resolved(name));
    }

    @Test
    void namesAreNormal() throws IOException {
        assertEquals(folder.resolve("a"), resolved("./a"));
        assertEquals(folder.resolve("a"), resolved("sub/../a"));
        assertEquals(folder.resolve("sub/a"), resolved("sub//./a"));
        assertEquals(URI.create(base.toString()), provider.resolve(base, "base.vmdk", false));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "/etc/passwd",
                "//a",
                "..",
                "../secret",
                "sub/../../secret",
                "../images/../secret",
                ".",
                "sub/..",
                "C:\\a",
                "C:a",
                "c:/a",
                "\\\\server\\share",
                "a\\b",
                "\\a",
                "NUL",
                "nul.vmdk",
                "sub/COM1",
                "aux .x",
                "a.",
                "a ",
                "sub./a",
                "a\nb",
                "a\rb",
                "a\tb",
                "a\u0000b",
                "a\u0085b",
                "a\"b",
                "sub/",
                "a/"
            })
    void everythingElseIsDenied(String name) {
        denied(name);
    }

    @Test
    void endlessNamesAreDenied() throws IOException {
        denied("x".repeat(100_000));
        denied("x/".repeat(512) + "x");
        assertEquals(
                1024,
                folder.relativize(resolved("x/".repeat(511) + "xx")).toString().length());
    }

    @Test
    void linksOutOfTheFolderAreDenied() throws IOException {
        Files.createSymbolicLink(folder.resolve("up"), outside);
        Files.createSymbolicLink(folder.resolve("leak"), outside.resolve("secret"));
        Files.createSymbolicLink(folder.resolve("sub/up"), Path.of("../.."));
        Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("nothing"));
        assertTrue(denied("leak").contains("link"));
        assertTrue(denied("up/secret").contains("link"));
        denied("up/new");
        denied("up/images/file");
        denied("sub/up/secret");
        denied("dangling");
        denied("dangling/a");
    }

    @Test
    void linksInsideTheFolderAreFollowed() throws IOException {
        Files.createSymbolicLink(folder.resolve("inner"), folder.resolve("sub"));
        Files.createSymbolicLink(folder.resolve("alias"), Path.of("file"));
        assertEquals(folder.resolve("inner/a"), resolved("inner/a"));
        assertEquals(folder.resolve("alias"), resolved("alias"));
        assertTrue(denied("inner").contains("a directory"));
    }

    @Test
    void theFolderItselfMayBeALink() throws IOException {
        Path link = Files.createSymbolicLink(outside.resolve("link"), folder);
        assertEquals(
                link.resolve("file").toUri(),
                provider.resolve(link.resolve("base").toUri(), "file", false));
    }

    @Test
    void whatIsNoRegularFileIsDenied() {
        assertTrue(denied("sub").contains("a directory"));
    }

    @Test
    void onlyTheCallerMayAllowMore() throws IOException {
        Path secret = outside.resolve("secret");
        assertEquals(secret.toUri(), provider.resolve(base, "../secret", true));
        assertEquals(secret.toUri(), provider.resolve(base, secret.toString(), true));
        Files.createSymbolicLink(folder.resolve("leak"), secret);
        assertEquals(folder.resolve("leak").toUri(), provider.resolve(base, "leak", true));
        assertEquals(outside.resolve("new").toUri(), provider.resolve(base, "../new", true));
        for (String name : new String[] {"", "a\nb", "x".repeat(2000), outside.toString(), "sub"}) {
            Host.fails(ErrorCode.DENIED, () -> provider.resolve(base, name, true));
        }
    }

    @Test
    void aMissingFolderIsNotFound() {
        URI nowhere = outside.resolve("none/base").toUri();
        Host.fails(ErrorCode.NOT_FOUND, () -> provider.resolve(nowhere, "a", false));
    }
}
