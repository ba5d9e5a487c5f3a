// SPDX-License-Identifier: Apache-2.0
package org.platter.dist;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.osgi.framework.BundleException;

/**
 * Entry point of the process. With no arguments it opens the interactive shell; otherwise it hands the command line to
 * the service {@code ToIntFunction} with the property {@code platter.main=true} and exits with its answer.
 *
 * <p>On SIGINT and SIGTERM the shell is stopped first; its component must make a running command cancel. When the
 * command has returned, or after ten seconds, everything else is stopped.
 */
public final class Launcher {
    private static final int BROKEN = 70;
    private static final long CANCEL_SECONDS = 10;

    private final Mode mode;
    private final String[] arguments;
    private final Messages messages;
    private final CountDownLatch returned = new CountDownLatch(1);
    private volatile boolean exiting;

    private Launcher(String... arguments) {
        this.mode = Mode.of(arguments);
        this.arguments = arguments;
        this.messages = new Messages(Arrays.asList(arguments).contains("--debug"));
    }

    /** Runs the command line. */
    public static void main(String[] arguments) {
        new Launcher(arguments).run();
    }

    private void run() {
        // a look through all jars for the answer that the virtual machine would give itself
        System.setProperty(
                "javax.xml.parsers.SAXParserFactory", "com.sun.org.apache.xerces.internal.jaxp.SAXParserFactoryImpl");
        try {
            Path home = Path.of(System.getProperty("platter.home"));
            useNative(home);
            Platform platform = new Platform(properties(home), Cache.create(), messages);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(platform), "platter stop"));
            end(platform, run(platform, home));
        } catch (Throwable e) {
            // the framework's threads would keep the process alive
            messages.failed(returned.getCount() == 0 ? "failed" : "cannot start", e);
            System.exit(BROKEN);
        }
    }

    /** Spares JNA unpacking its library, and asking a program of the host where others are. */
    private static void useNative(Path home) {
        String machine = System.getProperty("os.arch").equals("amd64") ? "x86-64" : System.getProperty("os.arch");
        Path folder = home.resolve("lib/native/com/sun/jna/linux-" + machine);
        if (System.getProperty("os.name").equals("Linux") && Files.isDirectory(folder)) {
            System.setProperty("jna.boot.library.path", folder.toString());
            System.setProperty("jna.platform.library.path", "");
        }
    }

    private int run(Platform platform, Path home) throws BundleException, InterruptedException {
        platform.start(Part.of(home, store(home), mode, messages));
        if (mode == Mode.INTERACTIVE) {
            return platform.await() ? 0 : BROKEN;
        }
        ToIntFunction<String[]> shell = platform.shell();
        try {
            return Rehearsal.wanted() ? Rehearsal.run(shell) : shell.applyAsInt(arguments);
        } finally {
            returned.countDown();
        }
    }

    /** Ends the process; quickly, that is without stopping the framework, if there is no need. */
    private void end(Platform platform, int status) {
        platform.stopOurs();
        System.out.flush();
        System.err.flush();
        if (exiting) {
            return; // a signal came first, and sets the exit status
        }
        if (mode == Mode.INTERACTIVE || Rehearsal.wanted()) {
            System.exit(status);
        }
        Runtime.getRuntime().halt(status);
    }

    private void stop(Platform platform) {
        exiting = true;
        if (mode != Mode.INTERACTIVE && !calledByProgram()) {
            platform.stopShell();
            try {
                returned.await(CANCEL_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        platform.stop();
    }

    /** Whether a command called {@code System.exit}: it will not return, so nobody must wait for it. */
    private static boolean calledByProgram() {
        return Thread.getAllStackTraces().values().stream()
                .flatMap(Stream::of)
                .anyMatch(frame -> frame.getClassName().equals("java.lang.Runtime")
                        && frame.getMethodName().equals("exit"));
    }

    /** Where installed formats are remembered: in the product if that can be written, else with the user's data. */
    private static Path store(Path home) {
        if (Files.isWritable(home)) {
            return home.resolve("store");
        }
        String data = System.getenv("XDG_DATA_HOME");
        Path folder = data == null || data.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".local", "share")
                : Path.of(data);
        return folder.resolve("platter").resolve("store");
    }

    private Map<String, String> properties(Path home) throws IOException {
        Map<String, String> properties = new HashMap<>();
        properties.put("felix.cache.locking", "false"); // the cache is ours alone
        properties.put("felix.log.level", messages.debug() ? "1" : "0"); // it writes to standard output
        properties.put("felix.resolver.parallelism", "1"); // handing work over takes longer than doing it
        properties.put("gosh.home", home.toString());
        properties.put("platter.store", store(home).toString());
        properties.put("platter.plugins", home.resolve("plugins").toString());
        properties.put("osgi.console", ""); // keeps Equinox from starting the shell without a reader
        if (mode == Mode.COMMAND) {
            properties.put("felix.service.urlhandlers", "false"); // for URLs made from strings: slow, and for consoles
        }
        Path file = home.resolve("conf/framework.properties");
        if (Files.exists(file)) {
            Properties own = new Properties();
            try (InputStream in = Files.newInputStream(file)) {
                own.load(in);
            }
            own.stringPropertyNames().forEach(name -> properties.put(name, own.getProperty(name)));
        }
        return properties;
    }
}
