// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.command;

import java.io.IOException;
import java.util.Arrays;
import org.platter.shell.option.Option;
import org.platter.shell.option.Syntax;
import org.platter.shell.option.UsageException;
import org.platter.shell.print.Json;
import org.platter.shell.print.Progress;
import org.platter.shell.print.Result;

/** One call of one command: declares its options as fields, which are read before it runs. */
public abstract class Command {
    /** The options and arguments. */
    protected final Syntax syntax;

    private final Option<Boolean> debug;
    private final Option<Progress.Style> progress;
    private Option<Boolean> json;

    /** A command of that name; summary and example are one line each, without a full stop. */
    protected Command(String name, String summary, String example) {
        syntax = new Syntax(name, summary, example);
        debug = syntax.flag("--debug", "print stack traces of failures");
        progress = syntax.option("--progress", "HOW", Command::style, "show progress as auto, bar, json or none");
        syntax.endOfCommonOptions();
    }

    /** Does it; null if there is nothing to print. */
    public abstract Result run(Invocation invocation) throws IOException;

    /** Its options and arguments. */
    public final Syntax syntax() {
        return syntax;
    }

    /** True if the user wants stack traces. */
    public final boolean debug() {
        return debug.given();
    }

    /** How the user wants to see progress. */
    public final Progress.Style progress() {
        return progress.value().orElse(Progress.Style.AUTO);
    }

    /** True if the user wants JSON. */
    public final boolean json() {
        return json != null && json.given();
    }

    private static Progress.Style style(String word) {
        return Arrays.stream(Progress.Style.values())
                .filter(style -> Json.word(style).equals(word))
                .findFirst()
                .orElseThrow(() -> new UsageException("'" + word + "' is none of auto, bar, json, none"));
    }

    /** Declares that the result can be printed as JSON. */
    protected final void printsJson() {
        json = syntax.flag("--json", "print JSON");
    }
}
