// SPDX-License-Identifier: Apache-2.0
package org.platter.dist;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/**
 * The framework's bundle cache: a folder of this process alone. Two processes on one cache disturb each other, and a
 * kept one would bring back old states; a fresh one costs next to nothing, since bundles are read in place.
 */
final class Cache {
    private static final int ATTEMPTS = 100;

    /** Linux' file system in memory: behind a large copy, deleting files of a disk waits for the disk's journal. */
    private static final Path MEMORY = Path.of("/dev/shm");

    /** Room that a cache may need there, in bytes; containers often have little, shared with others. */
    private static final long ROOM = 16 << 20;

    private final Path folder;

    private Cache(Path folder) {
        this.folder = folder;
    }

    static Cache create() throws IOException {
        Path parent = parent(Path.of(System.getProperty("java.io.tmpdir")));
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

    /** In memory, unless somebody named a folder for temporary files, or room or the right to run native code is missing. */
    private static Path parent(Path temporary) {
        boolean named = !temporary.equals(Path.of("/tmp"));
        boolean usable = Files.isWritable(MEMORY) && MEMORY.toFile().getUsableSpace() >= ROOM && executable(MEMORY);
        return usable && !named ? MEMORY : temporary;
    }

    private static boolean executable(Path place) {
        try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
            return mounts.map(line -> line.split(" ")) // device, place, type, options, …
                    .anyMatch(mount -> mount[1].equals(place.toString())
                            && !List.of(mount[3].split(",")).contains("noexec"));
        } catch (IOException | UncheckedIOException e) {
            return false;
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
