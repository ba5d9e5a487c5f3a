// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.formats;

import java.io.IOException;
import org.platter.install.FormatInstaller;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.option.Argument;
import org.platter.shell.print.Result;

/** {@code install}: a bundle that serves a format, from a jar. */
public final class InstallCommand extends Command {
    private final Argument<String> jar = syntax.argument("LOCATION", word -> word, "the jar of the bundle");

    /** Declares the options. */
    public InstallCommand() {
        super("install", "Install a format from the jar of its bundle", "platter install plugins/format-vhd.jar");
        printsJson();
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        FormatInstaller installer = invocation.service(FormatInstaller.class);
        return InstallationReport.of(
                installer.install(invocation.file(jar.get()).toUri()));
    }
}
