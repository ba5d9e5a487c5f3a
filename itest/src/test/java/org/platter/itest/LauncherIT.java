// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** The product as a person starts it. */
public class LauncherIT {
    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    @Test
    public void aCommandEndsWithItsStatusAndLeavesNothingBehind() throws IOException, InterruptedException {
        Process process = platter("--version");
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(output, 0, process.waitFor());
        assertTrue(output, output.startsWith("platter "));
        assertEquals(0, temporary.getRoot().list().length);
    }

    @Test
    public void wrongUsageIsStatusTwo() throws IOException, InterruptedException {
        Process process = platter("no-such-command");
        process.getInputStream().readAllBytes();
        assertEquals(2, process.waitFor());
    }

    private Process platter(String argument) throws IOException {
        File script = new File(System.getProperty("platter.home"), "bin/platter");
        ProcessBuilder builder = new ProcessBuilder(script.getPath(), argument).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("PLATTER_ARCHIVE", "no");
        builder.environment().put("PLATTER_OPTS", "-Djava.io.tmpdir=" + temporary.getRoot());
        return builder.start();
    }
}
