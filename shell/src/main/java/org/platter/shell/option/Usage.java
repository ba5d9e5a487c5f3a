// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.option;

/** Help for one command, made from its syntax. */
public final class Usage {
    private static final int COLUMN = 26;
    private static final int WIDTH = 80;

    private final StringBuilder out = new StringBuilder();

    private Usage() {}

    /** Usage, description, arguments, options and an example, ending in a line break. */
    public static String of(Syntax syntax) {
        Usage usage = new Usage();
        usage.head(syntax);
        syntax.arguments().forEach(a -> usage.entry(a.label(), a.text()));
        usage.out.append("\nOptions:\n");
        syntax.options().forEach(usage::option);
        usage.out.append("\nExample:\n  ").append(syntax.example()).append('\n');
        return usage.out.toString();
    }

    private void head(Syntax syntax) {
        StringBuilder line =
                new StringBuilder("Usage: platter ").append(syntax.name()).append(" [OPTION]…");
        for (Argument<?> argument : syntax.arguments()) {
            line.append(argument.required() ? " " + argument.label() : " [" + argument.label() + "]");
        }
        out.append(line).append("\n").append(syntax.summary()).append(".\n\n");
    }

    private void option(Option<?> option) {
        String value = option.label().isEmpty() ? "" : " " + option.label();
        entry(String.join(", ", option.names()) + value, option.text() + (repeats(option) ? "; may be repeated" : ""));
    }

    private static boolean repeats(Option<?> option) {
        return option.repeatable() && !option.label().isEmpty();
    }

    private void entry(String left, String right) {
        out.append("  ").append(left);
        int used = left.length() + 2;
        if (used >= COLUMN) {
            out.append('\n');
            used = 0;
        }
        int at = COLUMN;
        out.append(" ".repeat(COLUMN - used));
        for (String word : right.split(" ")) {
            if (at > COLUMN && at + 1 + word.length() > WIDTH) {
                out.append('\n').append(" ".repeat(COLUMN));
                at = COLUMN;
            }
            if (at > COLUMN) {
                out.append(' ');
                at++;
            }
            out.append(word);
            at += word.length();
        }
        out.append('\n');
    }
}
