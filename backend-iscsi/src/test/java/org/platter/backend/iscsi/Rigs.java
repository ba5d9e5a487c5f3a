// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Programs of the host that tests compare with. */
final class Rigs {
    private Rigs() {}

    /** Skips the test if a program is missing; fails it where all have to be there. */
    static void require(String... programs) {
        for (String program : programs) {
            boolean there = List.of("/usr/bin", "/usr/sbin", "/bin", "/usr/local/bin").stream()
                    .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
            if (!there && "true".equals(System.getenv("PLATTER_CI"))) {
                fail(program + " is not installed");
            }
            Assumptions.assumeTrue(there, program + " is not installed");
        }
    }

    /** Runs a program to its end and gives its output; fails if it fails. */
    static String run(String... command) throws IOException {
        return run(List.of(command));
    }

    static String run(List<String> command) throws IOException {
        Result result = attempt(command);
        if (result.status() != 0) {
            fail(String.join(" ", command) + " ended with " + result.status() + ": " + result.output());
        }
        return result.output();
    }

    record Result(int status, String output) {}

    static Result attempt(List<String> command) throws IOException {
        List<String> bounded = new ArrayList<>(List.of("timeout", "-s", "KILL", "60"));
        bounded.addAll(command);
        Process process = new ProcessBuilder(bounded).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                fail(command + " does not end");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        return new Result(process.exitValue(), output);
    }

    /** The folder of scripts for tests. */
    static Path folder() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            for (String inside : List.of("src/test/rigs", "backend-iscsi/src/test/rigs")) {
                if (Files.isDirectory(at.resolve(inside))) {
                    return at.resolve(inside);
                }
            }
        }
        return fail("no folder src/test/rigs");
    }
}
