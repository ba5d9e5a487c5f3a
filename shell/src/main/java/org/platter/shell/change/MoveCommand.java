// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.change;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.platter.shell.command.Access;
import org.platter.shell.command.ChainOptions;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.command.Location;
import org.platter.shell.command.Opened;
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
        return null;
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
