// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.look;

import java.util.stream.Collectors;
import org.platter.disk.FormatInfo;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.option.Argument;
import org.platter.shell.print.Result;

/** {@code backend}: one format and its config keys. */
public final class BackendCommand extends Command {
    private final Argument<String> name = syntax.argument("FORMAT", word -> word, "the format's name");

    /** Declares the options. */
    public BackendCommand() {
        super("backend", "Show one format and its config keys", "platter backend VDI");
        printsJson();
    }

    @Override
    public Result run(Invocation invocation) throws DiskException {
        return invocation
                .manager()
                .format(name.get())
                .map(FormatReport::of)
                .orElseThrow(() -> new DiskException(
                        ErrorCode.NOT_FOUND,
                        "no format is called '" + name.get() + "'; installed are "
                                + invocation.manager().formats().stream()
                                        .map(FormatInfo::name)
                                        .distinct()
                                        .collect(Collectors.joining(", "))));
    }
}
