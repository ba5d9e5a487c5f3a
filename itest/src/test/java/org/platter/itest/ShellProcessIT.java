// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** What a person at a terminal, a pipe or a signal meets: the product as a process. */
public class ShellProcessIT {
    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    private record Outcome(int status, byte[] out, String err) {
        String text() {
            return new String(out, StandardCharsets.UTF_8);
        }
    }

    @Test
    public void bytesPassThroughUnchangedAtAnyOffset() throws Exception {
        byte[] bytes = new byte[3_000_001];
        new Random(1).nextBytes(bytes);
        Files.write(file("data"), bytes);
        assertDone(platter("create", "a.vdi", "16M"));
        assertDone(run(file("data").toFile(), "write", "a.vdi", "777"));
        Outcome read = platter("read", "a.vdi", "776", "3000003");
        assertDone(read);
        assertEquals(0, read.out()[0]);
        assertEquals(0, read.out()[read.out().length - 1]);
        assertArrayEquals(bytes, Arrays.copyOfRange(read.out(), 1, bytes.length + 1));
    }

    @Test
    public void inputLongerThanTheDiskIsAFailure() throws Exception {
        Files.write(file("data"), new byte[(2 << 20) + 1]);
        assertDone(platter("create", "a.vdi", "2M"));
        Outcome outcome = run(file("data").toFile(), "write", "a.vdi", "0");
        assertEquals(1, outcome.status());
        assertTrue(outcome.err(), outcome.err().contains("[BAD_SIZE]"));
    }

    @Test
    public void aClosedPipeIsNoFailure() throws Exception {
        assertDone(platter("create", "a.img", "64M"));
        Outcome outcome = shell("read a.img 0 64M | head -c 3; echo ${PIPESTATUS[0]} >&2");
        assertEquals("0", outcome.err().strip());
        assertEquals(3, outcome.out().length);
    }

    @Test
    public void aFullDiskIsAFailure() throws Exception {
        assumeTrue(Files.exists(Path.of("/dev/full")));
        assertDone(platter("create", "a.img", "64M"));
        Outcome outcome = shell("read a.img 0 64M > /dev/full");
        assertEquals(1, outcome.status());
        assertTrue(outcome.err(), outcome.err().contains("[DISK_FULL]"));
        assertEquals(1, outcome.err().lines().count());
    }

    @Test
    public void interruptedInTheMiddleNothingIsLeft() throws Exception {
        assumeTrue("SIGINT is ignored here, as in the background of a script", interruptible());
        assertDone(platter("create", "a.vdi", "64M"));
        assertDone(platter("write", "--fill", "5", "--length", "64M", "a.vdi", "0"));
        for (String target : List.of("b.vdi", "--force a.img")) {
            Files.writeString(file("a.img"), "precious");
            List<String> words = new ArrayList<>(List.of("--progress", "json", "convert", "--rate", "4M", "a.vdi"));
            words.addAll(List.of(target.split(" ")));
            Process process = builder(words.toArray(String[]::new)).start();
            try (BufferedReader lines = process.errorReader(StandardCharsets.UTF_8)) {
                String line = lines.readLine();
                while (line != null && line.contains("\"done\":0,")) {
                    line = lines.readLine();
                }
                assertEquals(
                        0,
                        new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                                .start()
                                .waitFor());
                String rest = String.join("\n", lines.lines().toList());
                assertTrue(rest, rest.endsWith("[CANCELLED]"));
            }
            assertEquals(130, process.waitFor());
            assertEquals(List.of("a.img", "a.vdi"), files());
            assertEquals("precious", Files.readString(file("a.img")));
        }
    }

    /** Programs keep ignoring the signals that whoever starts them ignores. */
    private static boolean interruptible() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return true;
        }
        String ignored = Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .findFirst()
                .orElseThrow()
                .substring("SigIgn:".length())
                .strip();
        return (Long.parseUnsignedLong(ignored, 16) & 1L << 2 - 1) == 0;
    }

    @Test
    public void withoutPermissionItSaysSo() throws Exception {
        assumeTrue(
                "only root can become nobody", installed("setpriv") && "root".equals(System.getProperty("user.name")));
        assertDone(platter("create", "a.vdi", "1M"));
        assertTrue(temporary.getRoot().setExecutable(true, false));
        assertTrue(file("a.vdi").toFile().setReadable(false, false));
        assumeTrue("the product can be read by nobody", asNobody("--version").status() == 0);
        Outcome outcome = asNobody("info " + file("a.vdi"));
        assertEquals(outcome.err(), 1, outcome.status());
        assertTrue(
                outcome.err(),
                outcome.err().contains("[DENIED]") || outcome.err().contains("[NOT_FOUND]"));
    }

    @Test
    public void qemuReadsWhatWeMake() throws Exception {
        assumeTrue(installed("qemu-img"));
        byte[] bytes = new byte[5 << 20];
        new Random(2).nextBytes(bytes);
        Files.write(file("data.img"), bytes);
        assertDone(platter("convert", "data.img", "a.vdi"));
        Process compare = new ProcessBuilder("qemu-img", "compare", "-f", "vdi", "-F", "raw", "a.vdi", "data.img")
                .directory(temporary.getRoot())
                .start();
        assertEquals(0, compare.waitFor());
    }

    @Test
    public void namesOutsideAsciiWork() throws Exception {
        assertDone(platter("create", "größe 大.vdi", "1M"));
        assertTrue(Files.exists(file("größe 大.vdi")));
        assertTrue(platter("info", "größe 大.vdi").text().contains("größe 大.vdi"));
    }

    @Test
    public void scriptsHaveGeneralCommands() throws Exception {
        Files.writeString(file("script"), """
                create a.vdi 4M
                open a.vdi
                each (list) { echo "open: $it" }
                if { (compare a a.vdi) identical } { echo same }
                info a | grep "virtual size"
                info nope
                echo never
                """);
        Outcome outcome = run(file("script").toFile(), "-");
        assertEquals(1, outcome.status());
        assertEquals("a\nopen: a\nsame\nvirtual size              4 MiB (4194304 bytes)\n", outcome.text());
        assertTrue(outcome.err(), outcome.err().endsWith("nope: no such file [NOT_FOUND]\n"));
    }

    @Test
    public void aScriptThatKeepsGoingDoesTheRestAndTellsAtTheEnd() throws Exception {
        Files.writeString(file("script"), """
                create a.vdi 4M
                info nope
                probe a.vdi
                """);
        Outcome outcome = run(file("script").toFile(), "-", "--keep-going");
        assertEquals(1, outcome.status());
        assertEquals("VDI\n", outcome.text());
        assertTrue(outcome.err(), outcome.err().endsWith("nope: no such file [NOT_FOUND]\n"));
    }

    @Test
    public void theTourHolds() throws Exception {
        Outcome outcome = platter("tour", "tour");
        assertEquals(outcome.text() + outcome.err(), 0, outcome.status());
        assertTrue(outcome.text().contains("everything held"));
        assertTrue(Files.exists(file("tour/flat.img")));
    }

    private List<String> files() {
        return Arrays.stream(temporary.getRoot().list()).sorted().toList();
    }

    private Path file(String name) {
        return temporary.getRoot().toPath().resolve(name);
    }

    private static boolean installed(String tool) {
        boolean there = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> new File(folder, tool).canExecute());
        assertTrue(tool + " is missing", there || !"true".equals(System.getenv("PLATTER_CI")));
        return there;
    }

    private static void assertDone(Outcome outcome) {
        assertEquals(outcome.err(), 0, outcome.status());
        assertEquals("", outcome.err());
    }

    private Outcome platter(String... arguments) throws Exception {
        return run(new File("/dev/null"), arguments);
    }

    private Outcome run(File in, String... arguments) throws Exception {
        return outcome(builder(arguments).redirectInput(in));
    }

    /** A line of bash that starts with a command of ours. */
    private Outcome shell(String line) throws Exception {
        return outcome(environment(new ProcessBuilder("bash", "-c", script() + " " + line)));
    }

    private Outcome asNobody(String arguments) throws Exception {
        String line = "setpriv --reuid=65534 --regid=65534 --clear-groups " + script() + " " + arguments;
        ProcessBuilder builder = environment(new ProcessBuilder("bash", "-c", line));
        builder.environment().remove("PLATTER_OPTS");
        return outcome(builder);
    }

    private Outcome outcome(ProcessBuilder builder) throws Exception {
        Path err = Files.createTempFile("platter-err", null);
        try {
            Process process = builder.redirectError(err.toFile()).start();
            byte[] out = process.getInputStream().readAllBytes();
            return new Outcome(process.waitFor(), out, Files.readString(err));
        } finally {
            Files.delete(err);
        }
    }

    private ProcessBuilder builder(String... arguments) {
        List<String> words = new ArrayList<>(List.of(script()));
        words.addAll(List.of(arguments));
        return environment(new ProcessBuilder(words));
    }

    private ProcessBuilder environment(ProcessBuilder builder) {
        builder.directory(temporary.getRoot());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("PLATTER_ARCHIVE", "no");
        return builder;
    }

    private static String script() {
        return System.getProperty("platter.home") + "/bin/platter";
    }
}
