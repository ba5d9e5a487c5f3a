// SPDX-License-Identifier: Apache-2.0
package org.platter.shell;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.platter.shell.command.Console;
import org.platter.shell.option.UsageException;
import org.platter.shell.print.Output;

/** Entry point of the launcher: runs one command line and answers its exit status. */
@Component(service = ToIntFunction.class, property = "platter.main=true")
public final class Main implements ToIntFunction<String[]> {
    private final String version;
    private final Interpreter interpreter;
    private final Optional<Script> script;

    /** The script is there if Gogo is. */
    @Activate
    public Main(
            BundleContext context,
            @Reference Interpreter interpreter,
            @Reference(cardinality = ReferenceCardinality.OPTIONAL, policyOption = ReferencePolicyOption.GREEDY)
                    Optional<Script> script) {
        this.version = context.getBundle().getVersion().toString();
        this.interpreter = interpreter;
        this.script = script;
    }

    @Override
    public int applyAsInt(String[] arguments) {
        Console console = console();
        List<String> words = new ArrayList<>(Arrays.asList(arguments));
        List<String> global = new ArrayList<>();
        try {
            while (!words.isEmpty()
                    && words.get(0).startsWith("-")
                    && !words.get(0).equals("-")) {
                String word = words.remove(0);
                global.add(word);
                switch (word) {
                    case "--debug" -> {}
                    case "--version" -> {
                        return print(console, "platter " + version + "\n");
                    }
                    case "-h", "--help" -> {
                        return print(console, Overview.text());
                    }
                    case "--progress" -> global.add(next(words));
                    default -> {
                        if (!word.startsWith("--progress=")) {
                            throw new UsageException("unknown option " + word);
                        }
                    }
                }
            }
            return run(next(words), words, global, console);
        } catch (UsageException e) {
            Interpreter.report(Failure.of("usage", "platter --help", e), global.contains("--debug"), console);
            return Failure.USAGE;
        }
    }

    private int run(String name, List<String> words, List<String> global, Console console) {
        if (name.equals("-")) {
            boolean keepGoing = words.remove("--keep-going");
            if (!words.isEmpty()) {
                throw new UsageException("- takes --keep-going and nothing else, not " + words.get(0));
            }
            Script lines = script.orElseThrow(() -> new UsageException("scripts need Gogo, which is not installed"));
            return lines.run(console, keepGoing);
        }
        if (name.equals("help")) {
            return words.isEmpty()
                    ? print(console, Overview.text())
                    : interpreter.run(words.get(0), List.of("--help"), console);
        }
        List<String> all = new ArrayList<>(global);
        all.addAll(words);
        return interpreter.run(name, all, console);
    }

    private static String next(List<String> words) {
        if (words.isEmpty()) {
            throw new UsageException("a command is missing");
        }
        return words.remove(0);
    }

    private static int print(Console console, String text) {
        try {
            console.out().append(text).flush();
            return 0;
        } catch (java.io.IOException e) {
            Failure failure = Failure.of("output", "platter --help", e);
            Interpreter.report(failure, false, console);
            return failure.status();
        }
    }

    /** The process's own streams if it is ours alone, so that no failure of theirs is lost; else those of the system. */
    private static Console console() {
        boolean process = Boolean.getBoolean("platter.process");
        int columns = Boolean.getBoolean("platter.terminal.stderr") ? columns() : 0;
        return new Console(
                System.in,
                process ? Output.ofProcess() : Output.of(System.out),
                process ? new PrintStream(new FileOutputStream(FileDescriptor.err), true) : System.err,
                Path.of("").toAbsolutePath(),
                columns,
                false);
    }

    private static int columns() {
        Integer width = Integer.getInteger("platter.terminal.columns");
        return width == null || width < 20 ? 80 : width;
    }
}
