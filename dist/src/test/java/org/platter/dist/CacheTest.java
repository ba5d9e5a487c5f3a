// SPDX-License-Identifier: Apache-2.0
package org.platter.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheTest {
    @Test
    void everyCacheHasItsOwnFolder() throws IOException {
        Cache one = Cache.create();
        Cache other = Cache.create();
        assertNotEquals(one.folder(), other.folder());
        one.delete();
        other.delete();
        assertFalse(Files.exists(one.folder()));
    }

    @Test
    void aFolderNamedForTemporaryFilesIsUsed(@TempDir Path named) throws IOException {
        String before = System.setProperty("java.io.tmpdir", named.toString());
        try {
            Cache cache = Cache.create();
            assertEquals(named, cache.folder().getParent());
            cache.delete();
        } finally {
            System.setProperty("java.io.tmpdir", before);
        }
    }

    @Test
    void deletingFollowsNoLinks(@TempDir Path elsewhere) throws IOException {
        Path kept = Files.createFile(elsewhere.resolve("kept"));
        Cache cache = Cache.create();
        Files.createSymbolicLink(cache.folder().resolve("link"), elsewhere);
        cache.delete();
        assertFalse(Files.exists(cache.folder()));
        assertTrue(Files.exists(kept));
    }
}
