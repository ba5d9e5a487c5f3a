// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.platter.backend.raw.RawBackend;
import org.platter.backend.vdi.VdiBackend;
import org.platter.container.storage.FileStorageProvider;
import org.platter.disk.CopyRequest;
import org.platter.disk.CreateRequest;
import org.platter.disk.VirtualDisk;
import org.platter.storage.StorageProvider;

/** What killed processes leave beside the images that they were making. */
class DraftTest {
    private final TestPlatform platform =
            new TestPlatform().with(new RawBackend()).with(new VdiBackend()).with("file", new FileStorageProvider());

    @TempDir
    Path folder;

    private void draft(String name) throws Exception {
        Files.write(folder.resolve(".platter-draft-" + name), new byte[100]);
    }

    private Set<String> names() throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            return new TreeSet<>(
                    files.map(file -> file.getFileName().toString()).toList());
        }
    }

    @Test
    void aCopyTakesAwayWhatAnEarlierOneHasLeft() throws Exception {
        draft("0123abcd-copy.vdi");
        draft("0123abcd-copy-part.vdi");
        draft("89abcdef-copy.vdi");
        draft("89abcdef-other.vdi");
        draft("fedcba98-other.vdi");
        Path open = folder.resolve(".platter-draft-89abcdef-copy.vdi");
        try (var held = new FileStorageProvider().open(open.toUri(), Set.of(StorageProvider.Mode.WRITE));
                VirtualDisk source = platform.manager().newDisk();
                VirtualDisk target = platform.manager().newDisk()) {
            assertEquals(100, held.size());
            source.create(CreateRequest.of(folder.resolve("a.vdi").toUri()).withSize(1 << 20));
            source.copy(
                            source.last(),
                            CopyRequest.into(
                                    target,
                                    CreateRequest.of(folder.resolve("copy.vdi").toUri())))
                    .join();
        } finally {
            platform.close();
        }
        assertEquals(
                Set.of(
                        "a.vdi",
                        "copy.vdi",
                        ".platter-draft-89abcdef-copy.vdi", // somebody has it open
                        ".platter-draft-89abcdef-other.vdi", // and this might be a part of it
                        ".platter-draft-fedcba98-other.vdi"), // for another place
                names());
        assertTrue(Files.size(folder.resolve("copy.vdi")) > 0);
    }
}
