// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.change;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.platter.disk.Layer;
import org.platter.disk.OpenFlag;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.Branches;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Option;
import org.platter.shell.print.Places;
import org.platter.shell.print.Result;

/** {@code delete}: removes an image with all its files. */
public final class DeleteCommand extends Command {
    private final Option<Boolean> force =
            syntax.flag("--force", "also if another image stands on it, which cannot be read then");
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
        if (!force.given()) {
            refuseParent(invocation);
        }
        invocation.manager().delete(images.request(invocation, image.get(), Set.of()));
        return null;
    }

    private void refuseParent(Invocation invocation) throws IOException {
        List<URI> children;
        try (VirtualDisk look = invocation.manager().newDisk()) {
            Layer layer = look.open(images.request(invocation, image.get(), Set.of(OpenFlag.READ_ONLY, OpenFlag.INFO)));
            children = new Branches(invocation.manager(), invocation.cancellation()).of(look, List.of(layer));
        }
        if (!children.isEmpty()) {
            throw new DiskException(
                    ErrorCode.BAD_STATE,
                    image.get() + " is the parent of "
                            + children.stream().map(Places::show).collect(Collectors.joining(", "))
                            + ", which could not be read any more; --force deletes it all the same");
        }
    }
}
