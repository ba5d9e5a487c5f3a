// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.live;

import java.io.IOException;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.option.Argument;
import org.platter.shell.print.Result;

/** {@code flush}: makes durable what was written to an open disk. */
public final class FlushCommand extends Command {
    private final Argument<String> name = syntax.argument("NAME", word -> word, "the open disk");

    /** Declares the options. */
    public FlushCommand() {
        super("flush", "Make durable what was written to an open disk", "flush win");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        invocation.disks().get(name.get()).flush();
        return null;
    }
}
