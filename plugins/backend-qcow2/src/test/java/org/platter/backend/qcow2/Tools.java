// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

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

/** Other programs and images of other programs: tests that need them are skipped where they are not, but not by CI. */
public final class Tools {
    private static final boolean DEMANDED = "true".equals(System.getenv("PLATTER_CI"));

    private Tools() {}

    /** Skips the calling test if a program is not installed. */
    public static void need(String program) {
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
    public static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> List.of(command) + ": " + output);
        return output;
    }

    /** The folder of images made by other programs; skips the calling test if it is not there. */
    public static Path corpus() {
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

    /** The bytes of an image of the corpus, unpacked. */
    public static byte[] unpacked(Path image) throws IOException, InterruptedException {
        if (Files.exists(image)) {
            return Files.readAllBytes(image);
        }
        Path gzip = image.resolveSibling(image.getFileName() + ".gz");
        if (Files.exists(gzip)) {
            try (InputStream in = new java.util.zip.GZIPInputStream(Files.newInputStream(gzip))) {
                return in.readAllBytes();
            }
        }
        need("xz");
        Process xz = new ProcessBuilder("xz", "-dc", image + ".xz").start();
        byte[] bytes = xz.getInputStream().readAllBytes();
        assertEquals(0, xz.waitFor(), image::toString);
        return bytes;
    }
}
