// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.look;

import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.print.Listing;
import org.platter.shell.print.Result;

/** {@code backends}: the formats that are installed. */
public final class BackendsCommand extends Command {
    /** Declares the options. */
    public BackendsCommand() {
        super("backends", "List the formats that are installed", "platter backends --json");
        printsJson();
    }

    @Override
    public Result run(Invocation invocation) {
        return new Listing<>(
                FormatReport.COLUMNS,
                invocation.manager().formats().stream().map(FormatReport::of).toList());
    }
}
