// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A real iSCSI target, tgtd, of a test's own; its units are files in a folder. */
final class TgtRig implements AutoCloseable {
    private static final Path SCRIPT =
            Path.of(System.getProperty("platter.home"), "../../../backend-iscsi/src/test/rigs/tgt.sh");

    private final Path folder;
    private final Map<String, String> facts = new HashMap<>();

    private TgtRig(Path folder) {
        this.folder = folder;
    }

    /** Starts one; skips the test where tgt is not installed. */
    static TgtRig start(Path folder, String... options) throws IOException, InterruptedException {
        boolean there = Files.isExecutable(Path.of("/usr/sbin/tgtd"));
        assertTrue("tgtd is missing", there || !"true".equals(System.getenv("PLATTER_CI")));
        assumeTrue(there);
        TgtRig rig = new TgtRig(folder);
        List<String> words = new ArrayList<>(List.of("0"));
        words.addAll(List.of(options));
        rig.run("start", words.toArray(String[]::new))
                .lines()
                .map(line -> line.split("=", 2))
                .forEach(pair -> rig.facts.put(pair[0], pair[1]));
        return rig;
    }

    /** Runs the script: restart, drop and so on. */
    String run(String verb, String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("bash", SCRIPT.toString(), verb, folder.toString()));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(output, 0, process.waitFor());
        return output;
    }

    String portal() {
        return facts.get("PORTAL");
    }

    String target() {
        return facts.get("TARGET");
    }

    /** The location of a unit; the account, if any, in front of the host. */
    String url(String account, int lun) {
        return "iscsi://" + account + portal() + "/" + target() + "/" + lun;
    }

    /** The bytes of a unit as the target has them. */
    Path file(int lun) {
        return folder.resolve("lun" + lun + ".img");
    }

    @Override
    public void close() throws IOException, InterruptedException {
        run("stop");
    }
}
