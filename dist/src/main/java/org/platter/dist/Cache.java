// SPDX-License-Identifier: Apache-2.0
package org.platter.dist;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The framework's bundle cache: a folder of this process alone. Two processes on one cache disturb each other, and a
 * kept one would bring back old states; a fresh one costs next to nothing, since bundles are read in place.
 */
final class Cache {
    private static final int ATTEMPTS = 100;

    private final Path folder;

    private Cache(Path folder) {
        this.folder = folder;
    }

    static Cache create() throws IOException {
        Path parent = Path.of(System.getProperty("java.io.tmpdir"));
        // Files.createTempDirectory would start up a secure random generator; creating is exclusive and private already
        String prefix = "platter-" + ProcessHandle.current().pid() + "-";
        for (int attempt = 0; ; attempt++) {
            Path folder = parent.resolve(prefix + Long.toHexString(System.nanoTime()));
            try {
                return new Cache(create(folder));
            } catch (FileAlreadyExistsException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    Path folder() {
        return folder;
    }

    /** Deletes what can be deleted; what cannot is no reason to fail. */
    void delete() {
        delete(folder.toFile());
    }

    private static Path create(Path folder) throws IOException {
        try {
            return Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (UnsupportedOperationException e) {
            return Files.createDirectory(folder);
        }
    }

    private static void delete(File file) {
        // a link is deleted, never followed
        if (file.isDirectory() && !Files.isSymbolicLink(file.toPath())) {
            File[] children = file.listFiles();
            for (File child : children == null ? new File[0] : children) {
                delete(child);
            }
        }
        file.delete();
    }
}
