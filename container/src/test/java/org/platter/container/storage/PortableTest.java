// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.platter.container.storage.host.Descriptors;
import org.platter.storage.Storage;
import org.platter.storage.StorageProvider.Mode;

/** All of it works where JNA is not. */
class PortableTest {
    @TempDir
    Path folder;

    @Test
    void everythingWorksWithoutJna() throws Exception {
        String classes = Stream.of(PortableTest.class, FileStorage.class, Storage.class)
                .map(PortableTest::home)
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        assertEquals("done", Host.run(java, "-cp", classes, PortableTest.class.getName(), folder.toString()));
    }

    private static String home(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The process without JNA. */
    public static void main(String[] arguments) throws IOException {
        claim(!Descriptors.available(), "JNA is there");
        Path folder = Path.of(arguments[0]);
        URI place = folder.resolve("a").toUri();
        FileStorageProvider provider = new FileStorageProvider();
        byte[] bytes = new byte[3 << 20];
        Arrays.fill(bytes, (byte) 7);
        try (Storage storage = provider.open(place, Set.of(Mode.CREATE));
                Storage copy = provider.open(folder.resolve("b").toUri(), Set.of(Mode.CREATE))) {
            storage.write(ByteBuffer.wrap(bytes), 0);
            storage.zero(1 << 20, 3 << 20);
            storage.discard(0, 100);
            storage.preallocate(0, 5 << 20);
            claim(storage.size() == 5 << 20, "size");
            claim(storage.allocatedSize() == 5 << 20, "allocated");
            claim(storage.nextData(100) == 100 && storage.nextHole(100) == 5 << 20, "holes");
            storage.transferTo(0, 5 << 20, copy, 0);
            storage.flush();
        }
        provider.move(place, folder.resolve("c").toUri());
        Arrays.fill(bytes, 1 << 20, bytes.length, (byte) 0);
        byte[] expected = Arrays.copyOf(bytes, 5 << 20);
        claim(Arrays.equals(expected, Files.readAllBytes(folder.resolve("c"))), "bytes");
        claim(Arrays.equals(expected, Files.readAllBytes(folder.resolve("b"))), "copy");
        provider.delete(folder.resolve("c").toUri());
        System.out.println("done");
    }

    private static void claim(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
