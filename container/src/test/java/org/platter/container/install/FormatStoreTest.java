// SPDX-License-Identifier: Apache-2.0
package org.platter.container.install;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.platter.container.catalogue.Jars;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

class FormatStoreTest {
    @TempDir
    Path folder;

    private FormatStore store;

    @BeforeEach
    void open() {
        store = new FormatStore(folder.resolve("store"));
    }

    private static StagedJar jar(String version) throws IOException {
        byte[] bytes =
                Jars.format("org.foo;singleton:=true", version, "platter.format;name=FOO,platter.format;name=FOO1");
        return StagedJar.of(bytes, "test");
    }

    @Test
    void aStagedJarSaysWhatItIs() throws IOException {
        StagedJar jar = jar("1.0.0.SNAPSHOT");
        assertEquals("org.foo 1.0.0.SNAPSHOT", jar.toString());
        assertEquals(List.of("FOO", "FOO1"), jar.declared().formats());
        assertTrue(jar.serves("foo1"));
        assertFalse(jar.serves("foo2"));
    }

    @Test
    void twoBuildsOfOneVersionAreTwoFiles() throws IOException {
        StagedJar one = jar("1.0.0");
        StagedJar other = StagedJar.of(Jars.format("org.foo", "1.0.0", "platter.format;name=FOO"), "test");
        store.keep(one);
        store.keep(other);
        store.discard(one);
        assertFalse(store.keeps(one));
        assertTrue(store.keeps(other));
    }

    @Test
    void rollbacksGoBackOneStepEach() throws IOException {
        for (String version : List.of("1.0.0", "1.0.1", "1.0.2")) {
            store.remember(jar(version));
        }
        assertEquals("org.foo 1.0.2", store.history("foo1").last(List.of()).toString());
        store.forget(jar("1.0.2"));
        assertEquals("org.foo 1.0.1", store.history("FOO").last(List.of()).toString());
        assertEquals("org.foo 1.0.1", store.history("FOO1").last(List.of()).toString());
        assertEquals(
                "org.foo 1.0.0",
                store.history("FOO").last(List.of(jar("1.0.1").digest())).toString());
        store.forget(jar("1.0.0"));
        DiskException none =
                assertThrows(DiskException.class, () -> store.history("FOO").last(List.of()));
        assertEquals(ErrorCode.NOT_FOUND, none.code());
    }

    @Test
    void tenAreKept() throws IOException {
        for (int i = 0; i < 13; i++) {
            store.remember(jar("1.0." + i));
        }
        try (var files = Files.list(folder.resolve("store/previous/foo"))) {
            assertEquals(10, files.count());
        }
        assertEquals("org.foo 1.0.12", store.history("FOO").last(List.of()).toString());
    }

    @Test
    void whatHasFailedIsRemembered() throws IOException {
        assertEquals(List.of(), store.quarantine());
        store.quarantine("aa");
        store.quarantine("bb");
        assertEquals(List.of("aa", "bb"), new FormatStore(folder.resolve("store")).quarantine());
    }

    @Test
    void aListThatCannotBeReadIsNotAnEmptyOne() throws IOException {
        Files.createDirectories(folder.resolve("store/quarantine")); // not even root reads a folder as a file
        Files.createDirectories(folder.resolve("store/disabled"));
        assertEquals(
                ErrorCode.IO,
                assertThrows(DiskException.class, store::quarantine).code());
        assertEquals(
                ErrorCode.IO,
                assertThrows(DiskException.class, () -> store.disabled("a.jar")).code());
        assertThrows(DiskException.class, () -> store.quarantine("aa"));
    }

    @Test
    void aFolderThatCannotBeWrittenIsReported() throws IOException {
        Files.writeString(folder.resolve("store"), "a file");
        DiskException failure = assertThrows(DiskException.class, () -> store.keep(jar("1.0.0")));
        assertEquals(ErrorCode.IO, failure.code());
        assertTrue(failure.getMessage().contains("cannot be written"));
    }
}
