// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.live;

import java.io.IOException;
import org.platter.disk.VirtualDisk;
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
        super("close", "Close an open disk", "close --delete win");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        VirtualDisk disk = invocation.disks().get(name.get());
        if (delete.given()) {
            disk.closeLast(VirtualDisk.Disposal.DELETE);
        }
        invocation.disks().close(disk);
        return null;
    }
}
