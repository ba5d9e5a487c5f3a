// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/**
 * Another Java process that tries to lock a file, knows nothing of Platter, and does what it is told: {@code try},
 * {@code free}.
 */
final class LockingProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader answers;
    private final PrintStream orders;

    LockingProcess(Path file) throws IOException {
        Path classes;
        try {
            classes = Path.of(LockingProcess.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        classes.toString(),
                        LockingProcess.class.getName(),
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        orders = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    long pid() {
        return process.pid();
    }

    /** True if it got an exclusive lock of the whole file. */
    boolean locks() throws IOException {
        orders.println("try");
        return answers.readLine().equals("true");
    }

    void free() throws IOException {
        orders.println("free");
        answers.readLine();
    }

    @Override
    public void close() throws InterruptedException {
        orders.close();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }

    /** The other process. */
    public static void main(String... arguments) throws IOException {
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (FileChannel channel =
                FileChannel.open(Path.of(arguments[0]), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            FileLock lock = null;
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                if (order.equals("try")) {
                    lock = channel.tryLock();
                } else if (lock != null) {
                    lock.release();
                }
                System.out.println(lock != null && lock.isValid());
            }
        }
    }
}
