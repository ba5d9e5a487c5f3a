// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.shell.option.UsageException;

class LocationTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"a.vdi", "with space.vdi", "with:colon", "50%.img", "ümlaut", "c:x", "odd:name.vdi", "#1"})
    void pathsStartInTheFolder(String name) {
        assertEquals(folder.resolve(name).toUri(), parse(name).uri());
    }

    @Test
    void absolutePathsStay() {
        assertEquals(Path.of("/x/y").toUri(), parse("/x/y").uri());
    }

    @Test
    void fileUrisAreTaken() {
        assertEquals(URI.create("file:///x/y%20z"), parse("file:///x/y%20z").uri());
        assertEquals(folder.resolve("y").toUri(), parse("file:y").uri());
    }

    @Test
    void accountsBecomeConfigValues() {
        Location location = parse("iscsi://joe%s@3%c/ret@host:3260/iqn.2024-01.x:disk/1");
        assertEquals(URI.create("iscsi://host:3260/iqn.2024-01.x:disk/1"), location.uri());
        assertEquals(Map.of("InitiatorUsername", "joe", "InitiatorSecret", "0x" + hex("s@3%c/ret")), location.config());
        assertFalse(location.toString().contains("s@3"));
    }

    @Test
    void aUserWithoutSecretIsFine() {
        assertEquals(
                Map.of("InitiatorUsername", "joe"),
                parse("iscsi://joe@[::1]/t/0").config());
        assertEquals(Map.of(), parse("iscsi://h/t/0").config());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\0b", "iscsi://ho st/t/0", "nbd://h:port{}"})
    void nonsenseIsWrongUsage(String word) {
        assertThrows(UsageException.class, () -> parse(word));
    }

    @Test
    void linksNameTheSameImage() throws IOException {
        Path file = Files.createFile(folder.resolve("a"));
        Path link = Files.createSymbolicLink(folder.resolve("b"), file);
        assertTrue(Location.same(file.toUri(), link.toUri()));
        assertFalse(Location.same(file.toUri(), folder.resolve("c").toUri()));
        assertFalse(Location.same(file.toUri(), URI.create("iscsi://h/t/0")));
    }

    private Location parse(String word) {
        return Location.parse(word, folder);
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aSlashTooFewDoesNotShowTheSecret() {
        UsageException refusal =
                assertThrows(UsageException.class, () -> Location.parse("iscsi:/joe%hunter2@h/t/0", Path.of("/")));
        assertFalse(refusal.getMessage().contains("hunter2"), refusal.getMessage());
    }
}
