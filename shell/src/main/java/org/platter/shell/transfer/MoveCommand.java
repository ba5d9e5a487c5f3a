// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.transfer;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.Access;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.image.Location;
import org.platter.shell.image.Opened;
import org.platter.shell.option.Argument;
import org.platter.shell.print.Result;

/** {@code move}: another place for an image and all its files. */
public final class MoveCommand extends Command {
    private final ChainOptions images = new ChainOptions(syntax);
    private final Argument<String> image = syntax.argument("IMAGE", word -> word, "the image");
    private final Argument<String> location = syntax.argument("LOCATION", word -> word, "its new place, or a folder");

    /** Declares the options. */
    public MoveCommand() {
        super("move", "Rename an image or move it elsewhere", "platter move disk.vdi archive/disk-2024.vdi");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        Opened opened = images.open(invocation, image.get(), Access.WRITE);
        URI target =
                Location.parse(location.get(), invocation.console().directory()).uri();
        invocation.await(opened.disk()
                .move(opened.layer(), inFolder(target, opened.layer().location())));
        if (opened.layer().number() > 0) {
            warn(invocation, opened.layer().location());
        }
        return null;
    }

    /** Says so if the image does not find its parent from its new place. */
    private static void warn(Invocation invocation, URI place) throws IOException {
        try (VirtualDisk disk = invocation.manager().newDisk()) {
            disk.openChain(OpenRequest.of(place).with(OpenFlag.READ_ONLY, OpenFlag.INFO));
        } catch (DiskException e) {
            invocation.note("move: from now on " + e.getMessage() + " [" + e.code() + "]");
        }
    }

    /** A folder stands for the place in it that has the image's name. */
    private static URI inFolder(URI target, URI image) {
        if (!"file".equals(target.getScheme()) || !"file".equals(image.getScheme())) {
            return target;
        }
        Path folder = Path.of(target);
        return Files.isDirectory(folder)
                ? folder.resolve(Path.of(image).getFileName()).toUri()
                : target;
    }
}
