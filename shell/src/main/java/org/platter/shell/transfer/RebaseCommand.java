// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.transfer;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.Access;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Option;
import org.platter.shell.option.UsageException;
import org.platter.shell.print.Result;

/** {@code rebase}: another parent for an image. */
public final class RebaseCommand extends Command {
    private static final String NONE = "none";

    private final Option<Boolean> unsafe =
            syntax.flag("--unsafe", "only change the link; the old parent need not be there");
    private final ChainOptions images =
            new ChainOptions(syntax, "the new parent, or none; earlier ones are the parent's own parents");
    private final Argument<String> image = syntax.argument("IMAGE", word -> word, "the image");

    /** Declares the options. */
    public RebaseCommand() {
        super("rebase", "Give an image another parent", "platter rebase --parent newbase.vdi snapshot.vdi");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        if (images.parents().isEmpty()) {
            throw new UsageException("option --parent is missing");
        }
        Optional<OpenRequest> parent = images.parents().equals(List.of(NONE))
                ? Optional.empty()
                : Optional.of(images.lastParent(invocation, Set.of(OpenFlag.READ_ONLY)));
        VirtualDisk disk = unsafe.given()
                ? images.openAlone(invocation, image.get(), Set.of(OpenFlag.INFO))
                        .disk()
                : images.openFound(invocation, image.get(), Access.WRITE).disk();
        invocation.await(
                disk.rebase(parent, unsafe.given() ? VirtualDisk.RebaseMode.RELINK : VirtualDisk.RebaseMode.SAFE));
        return null;
    }
}
