// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;

/** Other programs and images of other programs: tests that need them are skipped where they are not, but not by CI. */
final class Tools {
    private static final boolean DEMANDED = "true".equals(System.getenv("PLATTER_CI"));

    private Tools() {}

    /** Skips the calling test if a program is not installed. */
    static void need(String program) {
        boolean there = Arrays.stream(System.getenv("PATH").split(java.io.File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
        demand(there, program + " is not installed");
    }

    private static void demand(boolean there, String otherwise) {
        if (DEMANDED) {
            assertTrue(there, otherwise);
        }
        assumeTrue(there, otherwise);
    }

    /** Runs a program that must succeed; gives what it prints. */
    static String run(Object... command) throws IOException, InterruptedException {
        List<String> words = Arrays.stream(command).map(Object::toString).toList();
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> words + ": " + output);
        return output;
    }

    /** The folder of images made by other programs; skips the calling test if it is not there. */
    static Path corpus() {
        String given = System.getProperty("platter.corpus");
        Path found = given == null ? search() : Path.of(given);
        demand(found != null && Files.isDirectory(found), "there is no folder of images, see platter.corpus");
        return found;
    }

    private static Path search() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            for (Path candidate : List.of(at.resolve("shared/corpus"), at.resolveSibling("shared/corpus"))) {
                if (Files.isDirectory(candidate)) {
                    return candidate;
                }
            }
        }
        return null;
    }

    /** All files of a folder of the corpus, unpacked, that begin with {@code prefix}. */
    static MemoryFolder unpacked(Path folder, String prefix) throws IOException {
        MemoryFolder memory = new MemoryFolder();
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                boolean packed = name.endsWith(".gz");
                if (name.startsWith(prefix)) {
                    memory.put(packed ? name.substring(0, name.length() - 3) : name, unpacked(file, packed));
                }
            }
        }
        return memory;
    }

    private static MemoryStorage unpacked(Path file, boolean packed) throws IOException {
        try (InputStream raw = Files.newInputStream(file);
                InputStream in = packed ? new GZIPInputStream(raw) : raw) {
            return MemoryStorage.of(in.readAllBytes());
        }
    }

    /** Writes the files of a folder in memory to one on disk. */
    static void store(MemoryFolder memory, Path folder) throws IOException {
        for (String name : memory.names()) {
            Files.write(folder.resolve(name), memory.bare(name).bytes());
        }
    }

    /** Reads the files of a folder on disk. */
    static MemoryFolder load(Path folder) throws IOException {
        MemoryFolder memory = new MemoryFolder();
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                memory.put(file.getFileName().toString(), MemoryStorage.of(Files.readAllBytes(file)));
            }
        }
        return memory;
    }
}
