// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.formats;

import java.io.IOException;
import org.platter.install.FormatInstaller;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.option.Argument;
import org.platter.shell.print.Result;

/** {@code upgrade}: another version of the bundle that serves a format, under open images. */
public final class UpgradeCommand extends Command {
    private final Argument<String> name = syntax.argument("FORMAT", word -> word, "the format");
    private final Argument<String> jar = syntax.argument("URL|FILE", word -> word, "the jar of the new bundle");

    /** Declares the options. */
    public UpgradeCommand() {
        super("upgrade", "Replace the bundle of a format while its images are open", "upgrade VDI vdi-1.1.jar");
        printsJson();
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        FormatInstaller installer = invocation.service(FormatInstaller.class);
        return InstallationReport.of(installer.upgrade(name.get(), Jar.location(invocation, jar.get())));
    }
}
