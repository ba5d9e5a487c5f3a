// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A Karaf of its own, from its distribution, asked through its own {@code bin/client}. It has no network but the
 * loopback interface, and is killed when it takes too long.
 */
final class Karaf implements AutoCloseable {
    private static final String FEATURES = """
            featuresRepositories = mvn:org.apache.karaf.features/standard/%1$s/xml/features, \
            mvn:org.apache.karaf.features/framework/%1$s/xml/features
            featuresBoot = shell, ssh, feature, eventadmin, kar, bundle, config, log
            """;
    private static final long MOST_SECONDS = 300;
    private static final String PASSWORD = "karaf";

    private final Path home;
    private final Process process;
    private final int port = freePort();
    private final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);

    /** Starts the distribution in that folder, which gets its data. */
    Karaf(Path home, String version) throws IOException {
        this.home = home;
        Files.writeString(home.resolve("etc/org.apache.karaf.features.cfg"), FEATURES.formatted(version));
        Files.writeString(home.resolve("etc/org.ops4j.pax.url.mvn.cfg"), """
                org.ops4j.pax.url.mvn.repositories =
                org.ops4j.pax.url.mvn.localRepository = ${karaf.data}/m2
                org.ops4j.pax.url.mvn.defaultRepositories = ${karaf.home.uri}system@id=system@snapshots, \
                  ${karaf.data.uri}kar@id=kar@multi@snapshots
                """);
        Files.writeString(home.resolve("etc/users.properties"), """
                karaf = %s,_g_:admingroup
                _g_\\:admingroup = group,admin,manager,viewer,systembundles,ssh
                """.formatted(PASSWORD));
        Path shell = home.resolve("etc/org.apache.karaf.shell.cfg");
        Files.writeString(shell, Files.readString(shell).replaceFirst("(?m)^sshPort *=.*", "sshPort = " + port));
        process = start(home.resolve("data.log"), "bin/karaf", "server", "clean");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Process start(Path output, String program, String... words) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        Stream.concat(Stream.of(home.resolve(program).toString()), Stream.of(words))
                                .toList())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("KARAF_EXEC", "exec");
        builder.environment().put("EXTRA_JAVA_OPTS", "-Duser.home=" + home.resolve("data"));
        return builder.start();
    }

    Path home() {
        return home;
    }

    /** Runs a line in Karaf and answers what it prints. */
    String run(String line) throws IOException, InterruptedException {
        Path output = Files.createTempFile(home, "answer", ".txt");
        Process client = start(
                output,
                "bin/client",
                "-h",
                "127.0.0.1",
                "-a",
                "" + port,
                "-u",
                "karaf",
                "-p",
                PASSWORD,
                "-l",
                "0",
                line);
        try {
            if (!client.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                throw new AssertionError("no end of " + line + ": " + Files.readString(output));
            }
            return Files.readString(output, StandardCharsets.UTF_8).strip();
        } finally {
            client.destroyForcibly();
            Files.delete(output);
        }
    }

    /** Repeats a line until its answer is as wanted: much in Karaf goes on behind the back of its commands. */
    String await(String line, Predicate<String> wanted) throws IOException, InterruptedException {
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
