// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.change;

import java.io.IOException;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.Access;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.image.Opened;
import org.platter.shell.option.Argument;
import org.platter.shell.print.Result;

/** {@code compact}: gives back what an image stores without need. */
public final class CompactCommand extends Command {
    private final ChainOptions images = new ChainOptions(syntax);
    private final Argument<String> image = syntax.argument("IMAGE", word -> word, "the image");

    /** Declares the options. */
    public CompactCommand() {
        super(
                "compact",
                "Shrink an image's file by blocks that are zero or as in its parent",
                "platter compact disk.vdi");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        Opened opened = images.open(invocation, image.get(), Access.WRITE);
        invocation.await(opened.disk().compact(opened.layer()));
        return null;
    }
}
