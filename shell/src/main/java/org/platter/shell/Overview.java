// SPDX-License-Identifier: Apache-2.0
package org.platter.shell;

/** The help that names all commands. */
final class Overview {
    private Overview() {}

    static String text() {
        StringBuilder text = new StringBuilder("""
                Usage: platter [--debug] COMMAND [OPTION]… [ARGUMENT]…
                       platter                 a prompt
                       platter -               lines from standard input
                       platter --version
                       platter COMMAND --help  options and an example
                """);
        for (Group group : Group.values()) {
            text.append('\n').append(group.title()).append(":\n");
            for (String name : group.commands()) {
                String summary = Interpreter.command(name).syntax().summary();
                text.append("  ")
                        .append(name)
                        .append(" ".repeat(11 - name.length()))
                        .append(summary)
                        .append('\n');
            }
        }
        return text.append("""

                        SIZE and OFFSET are bytes, or end in k, M, G, T or P (powers of 1024).
                        LOCATION is a path or a URI; IMAGE is a LOCATION or the name of an open disk.
                        Exit status: 0 done, 1 failed or the answer is no, 2 wrong usage, 130 cancelled.
                        """).toString();
    }
}
