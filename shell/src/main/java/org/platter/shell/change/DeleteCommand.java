// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.change;

import java.io.IOException;
import java.util.Set;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.option.Argument;
import org.platter.shell.print.Result;

/** {@code delete}: removes an image with all its files. */
public final class DeleteCommand extends Command {
    private final ChainOptions images = new ChainOptions(syntax);
    private final Argument<String> image = syntax.argument("IMAGE", word -> word, "the image, not open");

    /** Declares the options. */
    public DeleteCommand() {
        super("delete", "Delete an image with all its files", "platter delete old.vmdk");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        if (invocation.disks().find(image.get()).isPresent()) {
            throw new DiskException(
                    ErrorCode.LOCKED, image.get() + " is an open disk; close --delete removes its last image");
        }
        invocation.manager().delete(images.request(invocation, image.get(), Set.of()));
        return null;
    }
}
