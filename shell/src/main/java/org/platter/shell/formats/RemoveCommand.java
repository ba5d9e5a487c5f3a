// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.formats;

import java.io.IOException;
import org.platter.install.FormatInstaller;
import org.platter.install.FormatInstaller.Removal;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Option;
import org.platter.shell.print.Result;

/** {@code remove}: the bundle of a format. */
public final class RemoveCommand extends Command {
    private final Option<Boolean> force = syntax.flag("--force", "even while images of the format are open");
    private final Argument<String> name = syntax.argument("FORMAT", word -> word, "the format");

    /** Declares the options. */
    public RemoveCommand() {
        super("remove", "Remove the bundle of a format", "platter remove VHD");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        invocation.service(FormatInstaller.class).remove(name.get(), force.given() ? Removal.FORCE : Removal.IF_UNUSED);
        return null;
    }
}
