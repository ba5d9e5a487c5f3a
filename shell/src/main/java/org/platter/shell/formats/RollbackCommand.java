// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.formats;

import java.io.IOException;
import org.platter.install.FormatInstaller;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.option.Argument;
import org.platter.shell.print.Result;

/** {@code rollback}: the version of a format before this one. */
public final class RollbackCommand extends Command {
    private final Argument<String> name = syntax.argument("FORMAT", word -> word, "the format");

    /** Declares the options. */
    public RollbackCommand() {
        super("rollback", "Put back the bundle that served a format before", "rollback VDI");
        printsJson();
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        return InstallationReport.of(invocation.service(FormatInstaller.class).rollback(name.get()));
    }
}
