// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.transfer;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.platter.disk.Layer;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.Access;
import org.platter.shell.image.Branches;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.image.Location;
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
        Branches branches = new Branches(invocation.manager(), invocation.cancellation());
        List<URI> left = branches.of(disk, doomed(disk, source, target));
        if (!left.isEmpty()) {
            throw new DiskException(
                    ErrorCode.BAD_STATE,
                    "the merge would delete the parent of "
                            + left.stream().map(Places::show).collect(Collectors.joining(", "))
                            + "; rebase or merge that first");
        }
        invocation.await(disk.merge(
                layer(disk, source).orElseThrow(), layer(disk, target).orElseThrow()));
        return null;
    }

    /** A disk that has both: one that is open, else the chain of the upper of the two and its only child. */
    private VirtualDisk disk(Invocation invocation, URI source, URI target) throws IOException {
        for (VirtualDisk disk : invocation.disks().all()) {
            if (layer(disk, source).isPresent() && layer(disk, target).isPresent()) {
                return disk;
            }
        }
        String top;
        try (Invocation look = invocation.nested()) {
            top = top(look, source, target);
        }
        return images.open(invocation, top, Access.WRITE).disk();
    }

    /** The image that must be open on top, so that all links that change are at hand. */
    private String top(Invocation invocation, URI source, URI target) throws IOException {
        if (above(invocation, into.get(), source)) {
            return into.get();
        }
        if (!above(invocation, from.get(), target)) {
            throw new DiskException(
                    ErrorCode.IMAGE_NOT_FOUND,
                    Places.show(source) + " and " + Places.show(target) + " are not in one chain");
        }
        VirtualDisk disk = images.open(invocation, from.get(), Access.READ).disk();
        List<URI> children =
                new Branches(invocation.manager(), invocation.cancellation()).of(disk, List.of(disk.last()));
        return children.size() == 1 ? children.get(0).toString() : from.get();
    }

    /** The images that the merge deletes. */
    private static List<Layer> doomed(VirtualDisk disk, URI source, URI target) throws DiskException {
        int first = layer(disk, source).orElseThrow().number();
        int last = layer(disk, target).orElseThrow().number();
        return first < last ? disk.layers().subList(first, last) : disk.layers().subList(last + 1, first + 1);
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
