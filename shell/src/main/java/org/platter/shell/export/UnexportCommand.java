// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.export;

import java.io.IOException;
import java.util.List;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.export.DiskExport;
import org.platter.export.DiskExporter;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.option.Argument;
import org.platter.shell.option.UsageException;
import org.platter.shell.print.Result;

/** {@code unexport}: takes a disk off offer; the disk stays open. */
public final class UnexportCommand extends Command {
    private final Argument<String> name = syntax.argument("NAME", word -> word, "its name there, or its URI");

    /** Declares the options. */
    public UnexportCommand() {
        super("unexport", "Offer a disk no longer, and flush it; it stays open", "unexport win");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        String wanted = name.get();
        List<DiskExport> found = invocation.service(DiskExporter.class).exports().stream()
                .filter(export ->
                        export.name().equals(wanted) || export.uri().toString().equals(wanted))
                .toList();
        if (found.isEmpty()) {
            throw new DiskException(ErrorCode.NOT_FOUND, "no disk is on offer as '" + wanted + "'");
        }
        if (found.size() > 1) {
            throw new UsageException("'" + wanted + "' is on offer at several addresses; give the URI");
        }
        found.get(0).close();
        return null;
    }
}
