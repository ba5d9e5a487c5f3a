// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.serve;

import java.io.IOException;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.export.DiskExport;
import org.platter.export.DiskExporter;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.option.Argument;
import org.platter.shell.print.Result;

/** {@code unexport}: takes a disk off offer; it stays open. */
public final class UnexportCommand extends Command {
    private final Argument<String> name =
            syntax.argument("NAME", word -> word, "the export's name or URI; - for the one without a name");

    /** Declares the options. */
    public UnexportCommand() {
        super("unexport", "Take a disk off offer", "unexport win");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        String wanted = name.get().equals("-") ? "" : name.get();
        for (DiskExport export : invocation.service(DiskExporter.class).exports()) {
            if (export.name().equals(wanted) || export.uri().toString().equals(wanted)) {
                export.close();
                return null;
            }
        }
        throw new DiskException(ErrorCode.NOT_FOUND, "no disk is on offer as " + name.get());
    }
}
