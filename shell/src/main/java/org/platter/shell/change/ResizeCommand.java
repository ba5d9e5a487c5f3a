// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.change;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.platter.disk.VirtualDisk;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.Access;
import org.platter.shell.image.Branches;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.image.Opened;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Sizes;
import org.platter.shell.option.UsageException;
import org.platter.shell.print.Places;
import org.platter.shell.print.Result;

/** {@code resize}: another size for a disk. */
public final class ResizeCommand extends Command {
    private final ChainOptions images = new ChainOptions(syntax);
    private final Argument<NewSize> size =
            syntax.argument("SIZE", NewSize::parse, "bytes of the disk, or +SIZE to add so many");
    private final Argument<String> image = syntax.argument("IMAGE", word -> word, "the image");

    /** Declares the options. */
    public ResizeCommand() {
        super("resize", "Change the size of a disk", "platter resize +10G disk.vdi");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        Opened opened = images.open(invocation, image.get(), Access.WRITE);
        VirtualDisk disk = opened.disk();
        invocation.await(disk.resize(size.get().of(disk.size())));
        if (!opened.lasting()) {
            tellChildren(invocation, opened);
        }
        return null;
    }

    /** A child has a size of its own, which is what its guest sees. */
    private static void tellChildren(Invocation invocation, Opened opened) throws IOException {
        long now = opened.disk().size();
        List<URI> children = new Branches(invocation.manager(), invocation.cancellation())
                .of(opened.disk(), List.of(opened.disk().last()));
        for (URI child : children) {
            invocation.note("resize: " + Places.show(child) + " stands on this image and keeps its own size;"
                    + " platter resize " + now + " " + Places.show(child) + " changes that");
        }
    }

    /** A size, or what is added to the present one. */
    record NewSize(boolean added, long bytes) {
        static NewSize parse(String word) {
            boolean added = word.startsWith("+");
            return new NewSize(added, Sizes.parse(added ? word.substring(1) : word));
        }

        long of(long present) {
            if (added && bytes > Long.MAX_VALUE - present) {
                throw new UsageException("SIZE: " + present + " and " + bytes + " bytes are more than 2^63-1");
            }
            return added ? present + bytes : bytes;
        }
    }
}
