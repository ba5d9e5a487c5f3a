// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.formats;

import java.io.IOException;
import java.util.Optional;
import org.platter.install.FormatInstaller;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.option.Argument;
import org.platter.shell.print.Result;

/** {@code install}: a bundle that serves a format or storage, by name or from a jar. */
public final class InstallCommand extends Command {
    private final Argument<String> what =
            syntax.argument("NAME|URL|FILE", word -> word, "a name that 'available' lists, or the jar of the bundle");

    /** Declares the options. */
    public InstallCommand() {
        super("install", "Install a format or storage with what it needs", "platter install VHD");
        printsJson();
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        FormatInstaller installer = invocation.service(FormatInstaller.class);
        Optional<String> name = Jar.name(what.get());
        return InstallationReport.of(
                name.isPresent()
                        ? installer.install(name.get())
                        : installer.install(Jar.location(invocation, what.get())));
    }
}
