// SPDX-License-Identifier: Apache-2.0
package org.platter.dist;

import java.util.List;

/** How much of the product one call needs: what a call does not use, it does not pay for at start. */
enum Mode {
    /** One command; no console, and nothing that reads configurations or listens to events. */
    COMMAND(
            "org.apache.felix.gogo.",
            "org.apache.felix.configadmin-",
            "org.apache.felix.eventadmin-",
            "org.apache.felix.metatype-",
            "jline-"),

    /** Lines from standard input: every Gogo command, no prompt. */
    SCRIPT,

    /** A person at a prompt. */
    INTERACTIVE;

    private static final String PROMPT = "org.apache.felix.gogo.jline-";

    private final List<String> leftOut;

    Mode(String... leftOut) {
        this.leftOut = List.of(leftOut);
    }

    static Mode of(String... arguments) {
        if (arguments.length == 0) {
            return INTERACTIVE;
        }
        return arguments[arguments.length - 1].equals("-") && onlyOptions(arguments) ? SCRIPT : COMMAND;
    }

    /** Whether the jar with this file name takes part. */
    boolean needs(String jar) {
        return leftOut.stream().noneMatch(jar::startsWith);
    }

    /** Whether it is started, or only there for its classes: the prompt's bundle has commands that scripts want. */
    boolean starts(String jar) {
        return this == INTERACTIVE || !jar.startsWith(PROMPT);
    }

    private static boolean onlyOptions(String... arguments) {
        for (String argument : arguments) {
            if (!argument.startsWith("-")) {
                return false;
            }
        }
        return true;
    }
}
