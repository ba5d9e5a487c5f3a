// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.function.Executable;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** What tests need of the machine, and claims about failures. */
final class Host {
    private Host() {}

    /** Skips the test where the machine lacks something, except in continuous integration. */
    static void require(boolean there, String what) {
        if ("true".equals(System.getenv("PLATTER_CI"))) {
            assertTrue(there, "continuous integration must have " + what);
        }
        assumeTrue(there, "this machine lacks " + what);
    }

    static void requireLinux() {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "only Linux has it");
    }

    static void requireRoot() throws IOException {
        requireLinux();
        require((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0, "a root user");
    }

    static void requireTool(String name) {
        String path = System.getenv().getOrDefault("PATH", "");
        require(
                Stream.of(path.split(":")).anyMatch(folder -> Files.isExecutable(Path.of(folder, name))),
                "the program " + name);
    }

    /** What a program prints; fails the test if the program does. */
    static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (InputStream output = process.getInputStream()) {
            process.getOutputStream().close();
            String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(process.waitFor(30, TimeUnit.SECONDS), String.join(" ", command));
            assertEquals(0, process.exitValue(), text);
            return text.trim();
        } finally {
            process.destroyForcibly();
        }
    }

    /** How often this process has the file open. */
    static long handles(Path file) throws IOException {
        String real = file.toRealPath().toString();
        try (Stream<Path> handles = Files.list(Path.of("/proc/self/fd"))) {
            return handles.filter(handle -> leadsTo(handle, real)).count();
        }
    }

    private static boolean leadsTo(Path handle, String real) {
        try {
            return Files.readSymbolicLink(handle).toString().equals(real);
        } catch (IOException e) {
            return false; // closed meanwhile
        }
    }

    /** Claims that the call fails with the code, and gives the message. */
    static String fails(ErrorCode code, Executable call) {
        DiskException failure = assertThrows(DiskException.class, call);
        assertEquals(code, failure.code(), failure.getMessage());
        return failure.getMessage();
    }
}
