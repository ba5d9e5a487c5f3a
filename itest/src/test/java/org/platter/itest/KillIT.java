// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** A process with a declared disk is killed, not stopped, while it writes and its formats are replaced. */
public class KillIT {
    private static final int KILLS = "true".equals(System.getenv("PLATTER_CI")) ? 10 : 3;

    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    private int swaps;

    @Test
    public void nothingFlushedIsLostAndDeclaredDisksComeBack() throws Exception {
        long seed = Long.getLong("platter.seed", System.nanoTime());
        System.out.println("KillIT: seed " + seed);
        Random random = new Random(seed);
        Path storage = temporary.getRoot().toPath().resolve("framework");
        Path image = temporary.getRoot().toPath().resolve("top.vdi");
        assertEquals("", platter("create", "base.vmdk", Victim.BLOCK * (long) Victim.BLOCKS + ""));
        assertEquals("", platter("create", "--parent", "base.vmdk", "top.vdi"));
        Process first = Victim.builder(storage, image).start();
        String said = new String(first.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(said, 0, first.waitFor());
        int flushed = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            flushed = life(Victim.builder(storage, image, flushed + "").start(), flushed, 1000 + random.nextInt(3000));
        }
        System.out.println(
                "KillIT: " + KILLS + " kills, " + swaps + " swaps, " + flushed + " blocks flushed, none lost");
        assertTrue(
                platter("check", "--repair", "top.vdi"),
                platter("check", "top.vdi").contains("0 errors, 0 leaks"));
        assertTrue(platter("check", "base.vmdk").contains("0 errors"));
    }

    /** From start to kill; gives how many blocks are flushed then. */
    private int life(Process process, int before, int millis) throws Exception {
        int flushed = before;
        boolean verified = false;
        StringBuilder rest = new StringBuilder();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ");
                switch (words[0]) {
                    case "verified" -> {
                        assertEquals(Integer.toString(before), words[1]);
                        verified = true;
                        Process doomed = process;
                        new Thread(() -> kill(doomed, millis)).start();
                    }
                    case "flushed" -> flushed = Integer.parseInt(words[1]);
                    case "swapped" -> swaps++;
                    case "failed" -> throw new AssertionError(line);
                    default -> rest.append(line).append('\n');
                }
            }
        }
        process.waitFor();
        assertTrue(rest.toString(), verified);
        return flushed;
    }

    private static void kill(Process process, int millis) {
        try {
            process.waitFor(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.toHandle().destroyForcibly(); // Process itself would close the stream that is being read
    }

    private String platter(String... arguments) throws Exception {
        List<String> line = new java.util.ArrayList<>(List.of(System.getProperty("platter.home") + "/bin/platter"));
        line.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(new File(temporary.getRoot(), ""))
                .redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("PLATTER_ARCHIVE", "no");
        return new String(builder.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
