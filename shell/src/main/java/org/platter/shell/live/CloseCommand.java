// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.live;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.platter.disk.VirtualDisk;
import org.platter.export.DiskExport;
import org.platter.export.DiskExporter;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Option;
import org.platter.shell.print.Result;

/** {@code close}: closes an open disk. */
public final class CloseCommand extends Command {
    private final Option<Boolean> delete = syntax.flag("--delete", "delete its last image with all its files");
    private final Argument<String> name = syntax.argument("NAME", word -> word, "the open disk");

    /** Declares the options. */
    public CloseCommand() {
        super("close", "Close an open disk and end its exports", "close --delete win");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        VirtualDisk disk = invocation.disks().get(name.get());
        unexport(invocation, disk);
        if (delete.given()) {
            disk.closeLast(VirtualDisk.Disposal.DELETE);
        }
        invocation.disks().close(disk);
        return null;
    }

    private static void unexport(Invocation invocation, VirtualDisk disk) throws IOException {
        Optional<DiskExporter> exporter = invocation.findService(DiskExporter.class);
        for (DiskExport export : exporter.map(DiskExporter::exports).orElse(List.of())) {
            if (export.disk() == disk) {
                export.close();
            }
        }
    }
}
