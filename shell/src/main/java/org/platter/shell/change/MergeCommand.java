// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.change;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.platter.disk.Layer;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.shell.command.Access;
import org.platter.shell.command.ChainOptions;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.command.Location;
import org.platter.shell.option.Argument;
import org.platter.shell.option.UsageException;
import org.platter.shell.print.Places;
import org.platter.shell.print.Result;

/** {@code merge}: makes one image of several neighbours of a chain, in either direction. */
public final class MergeCommand extends Command {
    private final ChainOptions images = new ChainOptions(syntax);
    private final Argument<String> from =
            syntax.argument("FROM", word -> word, "the far end of the range; it and all up to INTO are deleted");
    private final Argument<String> into = syntax.argument("INTO", word -> word, "the image that takes it all");

    /** Declares the options. */
    public MergeCommand() {
        super("merge", "Merge a range of a chain into one of its images", "platter merge snapshot.vdi base.vdi");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        URI source = location(invocation, from.get());
        URI target = location(invocation, into.get());
        if (Location.same(source, target)) {
            throw new UsageException("FROM and INTO are the same image");
        }
        VirtualDisk disk = disk(invocation, source, target);
        invocation.await(disk.merge(
                layer(disk, source).orElseThrow(), layer(disk, target).orElseThrow()));
        return null;
    }

    /** A disk that has both: one that is open, else the chain of the upper of the two. */
    private VirtualDisk disk(Invocation invocation, URI source, URI target) throws IOException {
        for (VirtualDisk disk : invocation.disks().all()) {
            if (layer(disk, source).isPresent() && layer(disk, target).isPresent()) {
                return disk;
            }
        }
        String upper = above(invocation, from.get(), target)
                ? from.get()
                : above(invocation, into.get(), source) ? into.get() : null;
        if (upper == null) {
            throw new DiskException(
                    ErrorCode.IMAGE_NOT_FOUND,
                    Places.show(source) + " and " + Places.show(target) + " are not in one chain");
        }
        return images.open(invocation, upper, Access.WRITE).disk();
    }

    private boolean above(Invocation invocation, String image, URI other) throws IOException {
        try (Invocation look = invocation.nested()) {
            return layer(images.open(look, image, Access.READ).disk(), other).isPresent();
        }
    }

    private static URI location(Invocation invocation, String word) throws DiskException {
        Optional<VirtualDisk> open = invocation.disks().find(word);
        return open.isPresent()
                ? open.get().last().location()
                : Location.parse(word, invocation.console().directory()).uri();
    }

    private static Optional<Layer> layer(VirtualDisk disk, URI location) {
        List<Layer> layers = disk.layers();
        return layers.stream()
                .filter(layer -> Location.same(layer.location(), location))
                .findFirst();
    }
}
