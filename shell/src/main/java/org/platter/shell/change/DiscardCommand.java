// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.change;

import java.io.IOException;
import org.platter.disk.VirtualDisk;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.Access;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.image.Span;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Sizes;
import org.platter.shell.print.Result;

/** {@code discard}: tells that a range is no longer wanted; the whole sectors in it. */
public final class DiscardCommand extends Command {
    private final ChainOptions images = new ChainOptions(syntax);
    private final Argument<String> image = syntax.argument("IMAGE", word -> word, "the image");
    private final Argument<Long> offset = syntax.argument("OFFSET", Sizes::parse, "where to start on the disk");
    private final Argument<Long> length = syntax.argument("LENGTH", Sizes::parse, "how many bytes");

    /** Declares the options. */
    public DiscardCommand() {
        super("discard", "Tell an image that a range is no longer wanted", "platter discard disk.vdi 1G 512M");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        VirtualDisk disk = images.open(invocation, image.get(), Access.WRITE).disk();
        Span inner = Span.of(disk, offset.get(), length.get()).inner();
        if (inner.length() > 0) {
            disk.discard(inner.offset(), inner.length());
        }
        disk.flush();
        return null;
    }
}
