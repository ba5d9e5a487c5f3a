// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * A Karaf of its own, from its distribution, at whose console lines are typed. It has no network and no remote access,
 * and is killed when it takes too long.
 */
final class Karaf implements AutoCloseable {
    private static final String FEATURES = """
            featuresRepositories = mvn:org.apache.karaf.features/standard/%1$s/xml/features, \
            mvn:org.apache.karaf.features/framework/%1$s/xml/features
            featuresBoot = shell, feature, eventadmin, kar, bundle, config, log
            """;
    private static final long MOST_SECONDS = 150;
    private static final long RETYPE_SECONDS = 3;

    private final Path home;
    private final Process process;
    private final PrintStream input;
    private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
    private int asked;

    /** Starts the distribution in that folder, which gets its data. */
    Karaf(Path home, String version) throws IOException, InterruptedException {
        this.home = home;
        Files.writeString(home.resolve("etc/org.apache.karaf.features.cfg"), FEATURES.formatted(version));
        Files.writeString(home.resolve("etc/org.ops4j.pax.url.mvn.cfg"), """
                org.ops4j.pax.url.mvn.repositories =
                org.ops4j.pax.url.mvn.localRepository = ${karaf.data}/m2
                org.ops4j.pax.url.mvn.defaultRepositories = ${karaf.home.uri}system@id=system@snapshots, \
                  ${karaf.data.uri}kar@id=kar@multi@snapshots
                """);
        ProcessBuilder builder =
                new ProcessBuilder(home.resolve("bin/karaf").toString(), "clean").redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("KARAF_EXEC", "exec");
        // delay: the console is ready when all its commands are
        builder.environment().put("EXTRA_JAVA_OPTS", "-Dkaraf.delay.console=true -Duser.home=" + home.resolve("data"));
        process = builder.start();
        input = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        Thread reader = new Thread(this::collect, "karaf output");
        reader.setDaemon(true);
        reader.start();
        awaitConsole();
    }

    private void collect() {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            output.lines().forEach(lines::add);
        } catch (IOException | UncheckedIOException e) {
            lines.add("no more output: " + e.getMessage());
        }
    }

    /** What is typed before it is ready would be lost. */
    private void awaitConsole() throws InterruptedException {
        String line = "";
        while (!line.contains("<ctrl-d>")) {
            line = lines.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (line == null) {
                throw new AssertionError("Karaf does not start");
            }
        }
    }

    Path home() {
        return home;
    }

    /** Types a line and answers what is printed until the console is ready again. */
    String run(String line) throws InterruptedException {
        // what is typed is printed too, but behind a prompt; no quotes: a lost one would take in all that follows
        String end = "end-" + ++asked;
        String question = "echo " + end;
        input.println(line);
        input.println(question);
        List<String> answer = new ArrayList<>();
        while (!answer.contains(end)) {
            String next = lines.poll(RETYPE_SECONDS, TimeUnit.SECONDS);
            if (next != null) {
                answer.add(next);
            } else if (System.nanoTime() > deadline) {
                throw new AssertionError("no end of the answer to " + line + ": " + answer);
            } else {
                input.println(question); // the console loses what is typed at the wrong moment
            }
        }
        return answer.stream()
                .filter(text -> !text.contains("@root()>") && !text.startsWith("end-"))
                .collect(Collectors.joining("\n"))
                .strip();
    }

    /** Repeats a line until its answer is as wanted: much in Karaf goes on behind the console's back. */
    String await(String line, Predicate<String> wanted) throws InterruptedException {
        String answer = run(line);
        while (!wanted.test(answer)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("still after " + line + ": " + answer);
            }
            answer = run(line);
        }
        return answer;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
