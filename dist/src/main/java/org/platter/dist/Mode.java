// SPDX-License-Identifier: Apache-2.0
package org.platter.dist;

import java.util.List;
import java.util.stream.Stream;

/** How much of the product one call needs: what a call does not use, it does not pay for at start. */
enum Mode {
    /** One command; no console, and nothing that reads configurations, listens to events or serves other programs. */
    COMMAND(Names.CONSOLE, "org.platter.nbd-"),

    /** One command that serves other programs. */
    EXPORT(Names.CONSOLE),

    /** Lines from standard input: every Gogo command, no prompt. */
    SCRIPT(List.of()),

    /** A person at a prompt. */
    INTERACTIVE(List.of());

    private static final class Names {
        static final String PROMPT = "org.apache.felix.gogo.jline-";
        static final List<String> CONSOLE = List.of(
                "org.apache.felix.gogo.",
                "org.apache.felix.configadmin-",
                "org.apache.felix.eventadmin-",
                "org.apache.felix.metatype-",
                "jline-");
        static final List<String> SERVING = List.of("export", "exports", "unexport");
    }

    /** The last words of a call that runs a script; elsewhere a dash is standard output. */
    private static final List<String> SCRIPT_ENDS = List.of("-", "--keep-going");

    private final List<String> leftOut;

    Mode(List<String> leftOut, String... more) {
        this.leftOut = Stream.concat(leftOut.stream(), Stream.of(more)).toList();
    }

    static Mode of(String... arguments) {
        if (arguments.length == 0) {
            return INTERACTIVE;
        }
        String command = command(arguments);
        if (command.equals("-") && SCRIPT_ENDS.contains(arguments[arguments.length - 1])) {
            return SCRIPT;
        }
        return Names.SERVING.contains(command) ? EXPORT : COMMAND;
    }

    /** Whether the jar with this file name takes part. */
    boolean needs(String jar) {
        return leftOut.stream().noneMatch(jar::startsWith);
    }

    /** Whether it is started, or only there for its classes: the prompt's bundle has commands that scripts want. */
    boolean starts(String jar) {
        return this == INTERACTIVE || !jar.startsWith(Names.PROMPT);
    }

    /** The first word that is no option, or nothing. */
    private static String command(String... arguments) {
        return Stream.of(arguments)
                .filter(argument -> argument.equals("-") || !argument.startsWith("-"))
                .findFirst()
                .orElse("");
    }
}
