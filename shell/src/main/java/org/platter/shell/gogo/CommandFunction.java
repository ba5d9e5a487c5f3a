// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.gogo;

import java.io.File;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.apache.felix.service.command.Process;
import org.platter.shell.CommandFailed;
import org.platter.shell.Interpreter;
import org.platter.shell.command.Cancellation;
import org.platter.shell.command.Console;
import org.platter.shell.print.Output;
import org.platter.shell.print.Result;

/**
 * One command as a function. It runs on a thread of its own: Gogo interrupts its threads on Ctrl-C, and an interrupt
 * would close the files of the disk. The command is asked to stop instead.
 */
final class CommandFunction implements Function {
    private final Interpreter interpreter;
    private final String name;

    CommandFunction(Interpreter interpreter, String name) {
        this.interpreter = interpreter;
        this.name = name;
    }

    @Override
    public Object execute(CommandSession session, List<Object> arguments) throws Exception {
        List<String> words = words(arguments);
        Console console = console(session);
        Cancellation cancellation = new Cancellation();
        FutureTask<Result> task = new FutureTask<>(() -> interpreter.call(name, words, console, cancellation));
        Thread thread = new Thread(task, "platter " + name);
        thread.setDaemon(true);
        thread.start();
        return result(task, cancellation);
    }

    private static Result result(FutureTask<Result> task, Cancellation cancellation) throws CommandFailed {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                    cancellation.request();
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof CommandFailed failed) {
                        throw failed;
                    }
                    throw new IllegalStateException(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Results stand for what they name: the result of {@code open} can be an image, that of {@code convert} a job. */
    private static List<String> words(List<Object> arguments) {
        List<String> words = new ArrayList<>();
        for (Object argument : arguments) {
            words.add(argument instanceof File file ? file.getPath() : String.valueOf(argument));
        }
        return words;
    }

    private static Console console(CommandSession session) {
        Process process = Process.Utils.current();
        InputStream in = process == null ? InputStream.nullInputStream() : process.in();
        PrintStream out = process == null ? session.getConsole() : process.out();
        PrintStream err = process == null ? session.getConsole() : process.err();
        boolean terminal = process != null && process.isTty(2);
        int columns = terminal && session.get("COLUMNS") instanceof Integer width ? width : 0;
        return new Console(in, Output.of(out), err, session.currentDir().toAbsolutePath(), columns, true);
    }
}
