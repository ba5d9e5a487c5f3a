// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** Formats that nobody built in, installed into a running product of their own. */
public class PluginIT {
    private static final long MOST_MINUTES = 5;

    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    private Path home;

    /** The product remembers what is installed, so it is a copy. */
    @Before
    public void copyProduct() throws IOException {
        home = temporary.getRoot().toPath().resolve("platter");
        copy(Path.of(System.getProperty("platter.home")), home);
    }

    @Test
    public void aPluginOfTheProductConvertsInTheRunningShellAndAfterARestart() throws Exception {
        Path plugin = vhd(home);
        String output = script("""
                create a.vdi 16M
                write --fill 0x5a --length 1M a.vdi 3M
                install %s
                convert a.vdi b.vhd
                compare a.vdi b.vhd
                probe b.vhd
                """.formatted(plugin));
        assertTrue(output, output.endsWith("identical\nVHD\n"));
        assertEquals("VHD\n", script("probe b.vhd\n"));
    }

    private record Outcome(int status, String out, String err) {}

    private Outcome platter(String... words) throws Exception {
        Path out = temporary.getRoot().toPath().resolve("out");
        Path err = temporary.getRoot().toPath().resolve("err");
        List<String> line = new ArrayList<>(List.of(home + "/bin/platter"));
        line.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(temporary.getRoot())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("PLATTER_ARCHIVE", "no");
        Process process = builder.start();
        assertTrue(process.waitFor(MOST_MINUTES, TimeUnit.MINUTES));
        return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    private void done(String... words) throws Exception {
        Outcome outcome = platter(words);
        assertEquals(outcome.err(), 0, outcome.status());
    }

    @Test
    public void aPluginOfTheProductIsStartedWhenItIsNeeded() throws Exception {
        done("create", "a@b.vdi", "16M");
        Outcome outcome = platter("convert", "a@b.vdi", "b.vhd");
        assertEquals(outcome.err(), 0, outcome.status());
        String note =
                "platter: VHD is served by org.platter.backend.vhd 1.0.0.SNAPSHOT of " + vhd(home.toRealPath()) + "\n";
        assertEquals(note, outcome.err());
        Files.move(
                temporary.getRoot().toPath().resolve("b.vhd"),
                temporary.getRoot().toPath().resolve("c.img"));
        assertEquals(new Outcome(0, "VHD\n", note), platter("probe", "c.img"));
        assertEquals(note, platter("measure", "-t", "vhd", "a@b.vdi").err());
        assertEquals("once a shell", note, shell("probe c.img\nprobe c.img\n"));
    }

    /** What scripts print to standard error. */
    private String shell(String lines) throws Exception {
        Path errors = temporary.getRoot().toPath().resolve("errors");
        ProcessBuilder builder = new ProcessBuilder(home + "/bin/platter", "-").directory(temporary.getRoot());
        builder.environment().put("PLATTER_ARCHIVE", "no");
        run(builder.redirectError(errors.toFile()), lines);
        return Files.readString(errors);
    }

    @Test
    public void whatIsRemovedIsNotStartedAgain() throws Exception {
        done("create", "a.vhd", "4M");
        done("install", "vhd");
        assertEquals("", platter("probe", "a.vhd").err());
        done("upgrade", "VHD", changed("1.0.1"));
        done("upgrade", "VHD", changed("1.0.2"));
        for (String version : List.of("1.0.1", "1.0.0.SNAPSHOT")) {
            Outcome back = platter("rollback", "VHD");
            assertTrue(
                    back.err() + back.out(),
                    back.out().startsWith("VHD is served by org.platter.backend.vhd " + version));
        }
        done("remove", "VHD");
        Outcome refused = platter("probe", "a.vhd");
        assertEquals(1, refused.status());
        assertTrue(refused.err(), refused.err().endsWith("has it: platter install VHD [NOT_SUPPORTED]\n"));
        String listed = script("available | grep '^VHD'\n");
        assertTrue(listed, listed.contains(vhd(home.toRealPath()).toString()));
        done("install", "VHD");
        assertEquals("VHD\n", platter("probe", "a.vhd").out());
    }

    @Test
    public void aCompressedImageOfAPluginIsMadeWithoutAnotherCommand() throws Exception {
        done("create", "a.vdi", "16M");
        done("write", "--fill", "0x5a", "--length", "4M", "a.vdi", "3M");
        done("convert", "--variant", "compressed", "a.vdi", "c.qcow2");
        assertEquals("identical\n", platter("compare", "a.vdi", "c.qcow2").out());
        assertTrue(Files.size(temporary.getRoot().toPath().resolve("c.qcow2")) < 1 << 20);
        Outcome refused = platter("convert", "--variant", "compressed", "a.vdi", "b.vdi");
        assertEquals(1, refused.status());
        assertTrue(refused.err(), refused.err().contains("/b.vdi: VDI: there are no images of variant COMPRESSED"));
    }

    private String changed(String version) throws IOException {
        byte[] jar = Files.readAllBytes(vhd(home));
        return FormatBundles.written(
                        temporary.getRoot().toPath(), version + ".jar", FormatBundles.version(jar, version))
                .getPath();
    }

    @Test
    public void aRepositoryIsUsedAfterPermission() throws Exception {
        done("create", "a.vdi", "4M");
        Path elsewhere = temporary.getRoot().toPath().resolve("elsewhere");
        Files.createDirectories(elsewhere);
        Files.move(home.resolve("plugins"), elsewhere.resolve("plugins"));
        Files.move(home.resolve("index.xml"), elsewhere.resolve("index.xml"));
        Files.writeString(
                home.resolve("conf/framework.properties"),
                "platter.repositories = " + elsewhere.resolve("index.xml").toUri() + "\n");
        String advice = "needs VHD, which is not installed; the bundle org.platter.backend.vhd 1.0.0.SNAPSHOT of "
                + elsewhere.resolve("index.xml") + " has it: platter install VHD [NOT_SUPPORTED]\n";
        for (List<String> words : List.of(
                List.of("convert", "a.vdi", "b.vhd"),
                List.of("convert", "-t", "VHD", "a.vdi", "b"),
                List.of("create", "b.vhd", "4M"),
                List.of("create", "-f", "vhd", "b", "4M"),
                List.of("measure", "-t", "VHD", "a.vdi"))) {
            Outcome refused = platter(words.toArray(String[]::new));
            assertEquals(1, refused.status());
            assertTrue(
                    refused.err(),
                    refused.err().startsWith("platter: " + words.get(0) + ": ")
                            && refused.err().endsWith(advice));
        }
        assertEquals(List.of(), vhds());
        done("convert", "--install", "a.vdi", "b.vhd");
        Outcome afterwards = platter("info", "b.vhd");
        assertEquals("it stays installed", "", afterwards.err());
        assertTrue(afterwards.out(), afterwards.out().contains("VHD 1.0"));
    }

    private List<String> vhds() {
        String[] names = temporary.getRoot().list((folder, name) -> name.startsWith("b"));
        return names == null ? List.of() : List.of(names);
    }

    /** A single command on a format of the product's own pays for nothing of this. */
    @Test
    public void whatIsNotNeededIsNotLoaded() throws Exception {
        done("create", "a.vdi", "4M");
        Path classes = temporary.getRoot().toPath().resolve("classes");
        ProcessBuilder builder =
                new ProcessBuilder(home + "/bin/platter", "info", "a.vdi").directory(temporary.getRoot());
        builder.environment().put("PLATTER_ARCHIVE", "no");
        builder.environment().put("PLATTER_OPTS", "-Xlog:class+load:file=" + classes);
        run(builder, "");
        String loaded = Files.readString(classes);
        assertTrue(loaded.contains("org.platter.container.FormatRegistry"));
        assertFalse(loaded.contains("org.platter.container.install."));
        assertFalse(loaded.contains("org.platter.container.catalogue."));
        assertFalse("nor is anything read", Files.exists(home.resolve("store")));
    }

    /** Does what docs/writing-a-format.md says, as somebody who has only the published artifacts. */
    @Test
    public void theExampleFormatIsBuiltOutsideAndInstalled() throws Exception {
        Path example = temporary.getRoot().toPath().resolve("example-format");
        copy(Path.of(System.getProperty("platter.sources"), "docs/example-format"), example);
        publishApi();
        Path settings = Files.writeString(temporary.getRoot().toPath().resolve("settings.xml"), settings());
        run(
                new ProcessBuilder(
                                System.getProperty("maven.home") + "/bin/mvn",
                                "-q",
                                "-B",
                                "-s",
                                settings.toString(),
                                "-Dmaven.repo.local=" + temporary.getRoot() + "/m2",
                                "verify")
                        .directory(example.toFile())
                        .redirectErrorStream(true),
                "");
        String report = Files.readString(only(example.resolve("target/surefire-reports"), ".*\\.txt"));
        assertTrue(report, report.contains("Tests run: ") && !report.contains("Tests run: 0"));

        String output = script("""
                create a.vdi 16M
                write --fill 0x5a --length 1M a.vdi 3M
                install %s
                convert a.vdi b.crate
                compare a.vdi b.crate
                info b.crate | grep "^format"
                """.formatted(only(example.resolve("target"), ".*\\.jar")));
        assertTrue(output, output.endsWith("identical\nformat                    CRATE 1\n"));
    }

    /** What a deployment of this build would put into a repository. */
    private void publishApi() throws IOException {
        Path sources = Path.of(System.getProperty("platter.sources"));
        String version = System.getProperty("platter.version");
        Path parent = published("org.platter", version);
        Files.copy(sources.resolve("pom.xml"), parent.resolve("org.platter-" + version + ".pom"));
        Path api = published("org.platter.api", version);
        String name = "org.platter.api-" + version;
        Files.copy(sources.resolve("api/pom.xml"), api.resolve(name + ".pom"));
        for (String jar : List.of(name + ".jar", name + "-tests.jar")) {
            Files.copy(sources.resolve("api/target").resolve(jar), api.resolve(jar));
        }
    }

    private Path published(String artifact, String version) throws IOException {
        return Files.createDirectories(temporary
                .getRoot()
                .toPath()
                .resolve("repository/org/platter")
                .resolve(artifact)
                .resolve(version));
    }

    /** Takes the rest from where this build has it, so that a build without network stays one. */
    private String settings() {
        String ours = temporary.getRoot().toPath().resolve("repository").toUri().toString();
        String others = Path.of(System.getProperty("maven.repo")).toUri().toString();
        return """
                <settings>
                  <profiles>
                    <profile>
                      <id>outside</id>
                      <repositories>
                        <repository><id>ours</id><url>%1$s</url></repository>
                        <repository><id>others</id><url>%2$s</url></repository>
                      </repositories>
                      <pluginRepositories>
                        <pluginRepository><id>others</id><url>%2$s</url></pluginRepository>
                      </pluginRepositories>
                    </profile>
                  </profiles>
                  <activeProfiles><activeProfile>outside</activeProfile></activeProfiles>
                </settings>
                """.formatted(ours, others);
    }

    /** What goes to standard error counts as a failure. */
    private String script(String lines) throws Exception {
        Path errors = temporary.getRoot().toPath().resolve("errors");
        ProcessBuilder builder = new ProcessBuilder(home + "/bin/platter", "-").directory(temporary.getRoot());
        builder.environment().put("PLATTER_ARCHIVE", "no");
        String output = run(builder.redirectError(errors.toFile()), lines);
        assertEquals("", Files.readString(errors));
        return output;
    }

    /** Runs to its end and answers the output. */
    private static String run(ProcessBuilder builder, String input) throws Exception {
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        try (var in = process.outputWriter(StandardCharsets.UTF_8)) {
            in.write(input);
        }
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue("it goes on", process.waitFor(MOST_MINUTES, TimeUnit.MINUTES));
            assertEquals(output, 0, process.exitValue());
            return output;
        } finally {
            process.destroyForcibly();
        }
    }

    private static Path vhd(Path home) throws IOException {
        return only(home.resolve("plugins"), "org\\.platter\\.backend\\.vhd-.*\\.jar");
    }

    private static Path only(Path folder, String name) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> found = files.filter(
                            file -> file.getFileName().toString().matches(name))
                    .toList();
            assertEquals(found.toString(), 1, found.size());
            return found.get(0);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                if (!file.startsWith(from.resolve("target")) && !file.startsWith(from.resolve("store"))) {
                    Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }
}
