// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Other programs, run in a folder: tests that need them are skipped where they are not, but not by CI. */
final class Programs {
    private final Path folder;

    Programs(Path folder) {
        this.folder = folder;
    }

    /** True if nothing that is missing may be skipped. */
    static boolean demanded() {
        return "true".equals(System.getenv("PLATTER_CI"));
    }

    /** Skips the calling test if a program is not installed. */
    static void need(String... programs) {
        List<String> folders = new ArrayList<>(List.of(System.getenv("PATH").split(File.pathSeparator)));
        folders.add("/usr/sbin");
        for (String program : programs) {
            boolean there = folders.stream().anyMatch(place -> Files.isExecutable(Path.of(place, program)));
            assertTrue(program + " is not installed", there || !demanded());
            assumeTrue(there);
        }
    }

    /** Starts a program; {@link #end} tells what it has printed. One at a time. */
    Process start(String... command) throws IOException {
        return new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
    }

    /** Waits for a program to end with that status; gives what it printed. */
    String end(Process process, int status) throws IOException, InterruptedException {
        boolean ended = process.waitFor(5, TimeUnit.MINUTES);
        String output = Files.readString(folder.resolve("output"), StandardCharsets.UTF_8);
        assertTrue(output, ended);
        assertEquals(output, status, process.exitValue());
        return output;
    }

    /** Runs a program that must succeed; gives what it prints. */
    String run(String... command) throws IOException, InterruptedException {
        return end(start(command), 0);
    }

    /** Starts fio as so many clients, each with its own part of the disk, that verify what they write. */
    Process fio(URI uri, int clients, long part, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "fio",
                "--name=verify",
                "--ioengine=nbd",
                "--uri=" + uri,
                "--rw=randrw",
                "--bsrange=4k-64k",
                "--iodepth=32",
                "--numjobs=" + clients,
                "--size=" + part,
                "--offset_increment=" + part,
                "--verify=crc32c",
                "--verify_backlog=64",
                "--verify_fatal=1",
                "--verify_state_save=0"));
        command.addAll(List.of(more));
        return start(command.toArray(String[]::new));
    }
}
