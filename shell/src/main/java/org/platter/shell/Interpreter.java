// SPDX-License-Identifier: Apache-2.0
package org.platter.shell;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.platter.config.Suggestion;
import org.platter.disk.DiskManager;
import org.platter.install.Available;
import org.platter.install.DemandListener;
import org.platter.shell.command.Cancellation;
import org.platter.shell.command.Command;
import org.platter.shell.command.Console;
import org.platter.shell.command.Invocation;
import org.platter.shell.command.OpenDisks;
import org.platter.shell.option.Usage;
import org.platter.shell.option.UsageException;
import org.platter.shell.print.Json;
import org.platter.shell.print.Output;
import org.platter.shell.print.Places;
import org.platter.shell.print.Result;
import org.platter.shell.print.Text;

/**
 * Runs commands. When it goes away, it asks those that run to stop and waits for them, so that they can remove what they
 * made; then it closes the disks that commands left open.
 */
@Component(service = {Interpreter.class, DemandListener.class})
public final class Interpreter implements DemandListener {
    private static final long STOP_SECONDS = 10;

    private final DiskManager manager;
    private final OpenDisks disks;
    private final Set<Cancellation> running = new HashSet<>(); // guarded by itself

    /** Runs commands on the disks of that manager. */
    @Activate
    public Interpreter(@Reference DiskManager manager) {
        this.manager = manager;
        this.disks = new OpenDisks(manager);
    }

    /** The disks that stay open between commands. */
    public OpenDisks disks() {
        return disks;
    }

    /** The platform. */
    public DiskManager manager() {
        return manager;
    }

    /** Runs the command of that name, prints all it has to say, and answers the exit status. */
    int run(String name, List<String> words, Console console) {
        boolean debug = words.contains("--debug");
        try {
            Result result = execute(name, words, console, new Cancellation(), true);
            return result == null ? 0 : result.status();
        } catch (Throwable e) {
            Failure failure = failure(name, e);
            report(failure, debug, console);
            return failure.status();
        }
    }

    /** Runs the command of that name and answers its result, or null if that is printed or there is none. */
    public Result call(String name, List<String> words, Console console, Cancellation cancellation)
            throws CommandFailed {
        try {
            return execute(name, words, console, cancellation, false);
        } catch (Exception | LinkageError | StackOverflowError | OutOfMemoryError e) {
            Failure failure = failure(name, e);
            if (words.contains("--debug")) {
                trace(failure, console);
            }
            throw new CommandFailed(failure);
        }
    }

    /** Tells the user of a failure. */
    static void report(Failure failure, boolean debug, Console console) {
        if (!failure.line().isEmpty()) {
            console.err().println(failure.line());
        }
        if (debug) {
            trace(failure, console);
        }
        console.err().flush();
    }

    private static void trace(Failure failure, Console console) {
        StringWriter trace = new StringWriter();
        failure.cause().printStackTrace(new PrintWriter(trace));
        console.err().print(Places.withoutSecrets(trace.toString()));
    }

    @Deactivate
    void stop() throws InterruptedException {
        synchronized (running) {
            running.forEach(Cancellation::request);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(STOP_SECONDS);
            for (long left = STOP_SECONDS * 1000; !running.isEmpty() && left > 0; ) {
                running.wait(left);
                left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            }
        }
        disks.closeAll();
    }

    private Result execute(String name, List<String> words, Console console, Cancellation cancellation, boolean print)
            throws IOException {
        Command command = command(name);
        command.syntax().read(words);
        if (command.syntax().helpWanted()) {
            return shown(new Help(Usage.of(command.syntax())), false, console.out(), print);
        }
        enter(cancellation);
        try (Invocation invocation = new Invocation(manager, disks, console, cancellation, command.progress())) {
            Result result = command.run(invocation);
            return shown(result, command.json(), console.out(), print || result != null && result.fleeting());
        } finally {
            leave(cancellation);
        }
    }

    /** The names of all commands. */
    public static List<String> commands() {
        return Group.allCommands();
    }

    /** The help that names all commands. */
    public static String overview() {
        return Overview.text();
    }

    /**
     * A fresh command of that name.
     *
     * @throws UsageException if there is none
     */
    public static Command command(String name) {
        return Group.command(name)
                .orElseThrow(() ->
                        new UsageException("there is no such command" + Suggestion.of(name, Group.allCommands())));
    }

    /** What is left to print of the result; the result itself if it has just been printed in one-shot mode. */
    private static Result shown(Result result, boolean json, Output out, boolean now) throws IOException {
        if (result == null) {
            out.flush();
            return null;
        }
        if (!now) {
            return json ? JsonText.of(result) : result;
        }
        if (json) {
            new Json(out).print(result.json());
        } else {
            result.text(new Text(out));
        }
        out.flush();
        return result.fleeting() ? new Printed(result.status()) : result;
    }

    /** A line for who waits for it; where no command runs, nobody does. */
    @Override
    public void provided(Available what) {
        synchronized (running) {
            if (running.isEmpty()) {
                return;
            }
        }
        System.err.println(Text.safe(Places.withoutSecrets("platter: " + what.name() + " is served by " + what.bundle()
                + " " + what.version() + " of " + what.source())));
    }

    private void enter(Cancellation cancellation) {
        synchronized (running) {
            running.add(cancellation);
        }
    }

    private void leave(Cancellation cancellation) {
        synchronized (running) {
            running.remove(cancellation);
            running.notifyAll();
        }
    }

    private static Failure failure(String name, Throwable e) {
        boolean known = Group.allCommands().contains(name);
        return Failure.of(name, known ? "platter " + name + " --help" : "platter --help", e);
    }

    /** Help for one command. */
    private record Help(String usage) implements Result {
        @Override
        public void text(Text out) throws IOException {
            out.raw(usage);
        }
    }

    /** What has been printed already. */
    private record Printed(int status) implements Result {
        @Override
        public void text(Text out) {}
    }

    /** A result as JSON, for pipes and closures. */
    private record JsonText(String json, int status) implements Result {
        static JsonText of(Result result) throws IOException {
            StringWriter text = new StringWriter();
            new Json(text).print(result.json());
            return new JsonText(text.toString().stripTrailing(), result.status());
        }

        @Override
        public void text(Text out) throws IOException {
            out.raw(json + "\n");
        }

        @Override
        public String toString() {
            return json;
        }
    }
}
