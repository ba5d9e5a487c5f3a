// SPDX-License-Identifier: Apache-2.0
package org.platter.container.catalogue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.platter.install.Available;

class PluginFolderTest {
    private static final String FORMATS = "platter.format;name=Foo;extensions:List<String>=\"foo\","
            + "platter.format;name=Foo1,platter.storage;schemes:List<String>=\"foo,foos\"";

    @TempDir
    Path folder;

    private Path cache() {
        return folder.resolve("kept/plugins");
    }

    private List<Offer> offers() {
        return new PluginFolder(folder.resolve("plugins"), cache()).offers();
    }

    private Path put(String name, byte[] jar) throws IOException {
        Files.createDirectories(folder.resolve("plugins"));
        return Files.write(folder.resolve("plugins").resolve(name), jar);
    }

    @Test
    void aJarOffersWhatItsManifestDeclares() throws IOException {
        put("b.jar", Jars.format("org.foo", "1.2.3", FORMATS));
        put("a.jar", new byte[10]);
        put("README", new byte[10]);
        List<Offer> offers = offers();
        assertEquals(
                List.of("Foo", "Foo1", "foo"), offers.stream().map(Offer::name).toList());
        assertTrue(offers.get(0).suits("A.FOO"));
        assertFalse(offers.get(1).suits("a.foo"));
        assertTrue(offers.get(2).opens("foos"));
        assertEquals(Available.Kind.STORAGE, offers.get(2).kind());
        assertTrue(offers.get(2).named("FOOS"));
        assertEquals(
                new Available(
                        "Foo",
                        Available.Kind.FORMAT,
                        "org.foo",
                        "1.2.3",
                        folder.resolve("plugins/b.jar").toString(),
                        false),
                offers.get(0).available(false));
    }

    @Test
    void aFolderThatIsNotThereOffersNothing() {
        assertTrue(offers().isEmpty());
        assertFalse(Files.exists(cache()));
    }

    @Test
    void whatIsKeptIsUsedUntilTheJarChanges() throws IOException {
        Path jar = put("b.jar", Jars.format("org.foo", "1.2.3", FORMATS));
        assertEquals(3, offers().size());
        FileTime time = Files.getLastModifiedTime(jar);
        Files.write(jar, new byte[(int) Files.size(jar)]);
        Files.setLastModifiedTime(jar, time);
        assertEquals(3, offers().size(), "the jar was not opened");
        Files.setLastModifiedTime(jar, FileTime.fromMillis(time.toMillis() + 5_000));
        assertEquals(0, offers().size());
        put("b.jar", Jars.format("org.foo", "1.2.4", FORMATS));
        assertEquals("1.2.4", offers().get(0).version().toString());
    }

    @Test
    void whatIsKeptMayBeNonsense() throws IOException {
        put("b.jar", Jars.format("org.foo", "1.2.3", FORMATS));
        Files.createDirectories(cache().getParent());
        Files.write(cache(), new byte[] {(byte) 0xff, 10, 65, 10});
        assertEquals(3, offers().size());
        assertEquals(3, offers().size());
    }
}
