// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.gogo;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.apache.felix.service.command.Function;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.platter.shell.CommandFailed;
import org.platter.shell.Script;
import org.platter.shell.command.Console;
import org.platter.shell.print.Places;
import org.platter.shell.print.Result;
import org.platter.shell.print.Text;

/** Runs Gogo lines from standard input; commands in them get an empty standard input. */
@Component
public final class ScriptRunner implements Script {
    private static final System.Logger LOG = System.getLogger(ScriptRunner.class.getName());
    private static final int FAILED = 1;
    private static final int USAGE = 2;
    private static final int CANCELLED = 130;

    private final BundleContext context;
    private final CommandProcessor processor;
    private volatile boolean stopping;

    /** Runs them by that processor. */
    @Activate
    public ScriptRunner(BundleContext context, @Reference CommandProcessor processor) {
        this.context = context;
        this.processor = processor;
    }

    @Deactivate
    void stop() {
        stopping = true;
    }

    @Override
    public int run(Console console, boolean keepGoing) {
        try (CommandSession session =
                processor.createSession(InputStream.nullInputStream(), console.out().stream(), console.err())) {
            if (session.get("gogo:each") == null) {
                addGeneralCommands();
            }
            session.currentDir(console.directory());
            session.put("SCOPE", "disk:gogo:*");
            // Gogo takes every output for a terminal
            session.execute("grep = { gogo:grep --color=never $args }; ls = { gogo:ls --color=never $args }");
            session.put("COLUMNS", console.columns());
            session.put("exit", (Function) (s, arguments) -> {
                throw new Exit(arguments.isEmpty() ? "0" : String.valueOf(arguments.get(0)));
            });
            return run(session, console, keepGoing);
        } catch (IOException e) {
            return fail(console, FAILED, "standard input: " + e.getMessage() + " [IO]");
        } catch (Exception e) {
            return fail(console, FAILED, "cannot start: " + e.getMessage() + " [FAILED]");
        }
    }

    private void addGeneralCommands() {
        try {
            GeneralCommands.register(context, processor);
        } catch (NoClassDefFoundError e) {
            LOG.log(Level.DEBUG, "no general commands", e);
        }
    }

    private int run(CommandSession session, Console console, boolean keepGoing) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(console.in(), StandardCharsets.UTF_8));
        StringBuilder pending = new StringBuilder();
        int number = 0;
        int start = 1;
        int worst = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            start = pending.isEmpty() ? number : start;
            pending.append(line).append('\n');
            int status;
            try {
                status = statement(session, pending.toString(), console, start);
            } catch (Incomplete e) {
                continue; // the next line belongs to it
            } catch (Exit e) {
                return e.status();
            }
            if (stopping) {
                return CANCELLED;
            }
            if (status != 0 && !keepGoing) {
                return status;
            }
            worst = status == 0 ? worst : FAILED;
            pending.setLength(0);
        }
        return pending.isEmpty()
                ? worst
                : fail(console, USAGE, "line " + start + ": the input ends before the command does [USAGE]");
    }

    /** Runs one statement; a failure is told and becomes its status. */
    private static int statement(CommandSession session, String statement, Console console, int line)
            throws Incomplete, Exit {
        try {
            return execute(session, statement, console);
        } catch (Incomplete | Exit e) {
            throw e;
        } catch (CommandFailed e) {
            return failed(console, e);
        } catch (Exception e) {
            return fail(console, status(e), "line " + line + ": " + message(e));
        }
    }

    /** Runs one statement, prints its result and answers what that means. */
    private static int execute(CommandSession session, String statement, Console console) throws Exception {
        if (statement.isBlank() || statement.stripLeading().startsWith("#")) {
            return 0;
        }
        Object result;
        try {
            result = session.execute(statement);
        } catch (EOFException e) {
            // Gogo's way of saying that braces or quotes are open
            boolean open = e.getCause() != null
                    && e.getCause().getClass().getSimpleName().equals("EOFError");
            throw open ? new Incomplete() : e;
        }
        if (result != null) {
            console.out().append(session.format(result, Converter.INSPECT)).append("\n");
        }
        console.out().flush();
        return result instanceof Result ours ? ours.status() : 0;
    }

    private static int failed(Console console, CommandFailed failure) {
        if (!failure.getMessage().isEmpty()) {
            console.err().println(failure.getMessage());
        }
        return failure.status();
    }

    private static int status(Exception e) {
        String type = e.getClass().getSimpleName();
        return type.equals("CommandNotFoundException") || type.equals("SyntaxError") ? USAGE : FAILED;
    }

    private static String message(Exception e) {
        String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return why + (status(e) == USAGE ? " [USAGE]" : " [FAILED]");
    }

    private static int fail(Console console, int status, String why) {
        console.err().println(Text.safe(Places.withoutSecrets("platter: " + why)));
        return status;
    }

    /** A statement goes on in the next line. */
    private static final class Incomplete extends Exception {
        private static final long serialVersionUID = 1L;
    }

    /** Somebody called {@code exit}. */
    private static final class Exit extends Exception {
        private static final long serialVersionUID = 1L;

        Exit(String status) {
            super(status);
        }

        int status() {
            try {
                return Integer.parseInt(getMessage());
            } catch (NumberFormatException e) {
                return USAGE;
            }
        }
    }
}
