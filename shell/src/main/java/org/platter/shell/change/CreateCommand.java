// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.change;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.platter.disk.CreateRequest;
import org.platter.disk.OpenFlag;
import org.platter.disk.VirtualDisk;
import org.platter.format.Geometry;
import org.platter.format.ImageFlag;
import org.platter.format.RawDiskSpec;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.image.Location;
import org.platter.shell.image.NewFormat;
import org.platter.shell.image.NewImage;
import org.platter.shell.image.Values;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Option;
import org.platter.shell.option.Sizes;
import org.platter.shell.option.UsageException;
import org.platter.shell.print.Result;

/** {@code create}: a new image, a base or on top of a parent. */
public final class CreateCommand extends Command {
    private static final String DEVICE = "device";

    private final NewImage image = new NewImage(syntax);
    private final ChainOptions chain =
            new ChainOptions(syntax, "make a differencing image on top of this; earlier ones are its parents");
    private final Option<Geometry> pchs =
            syntax.option("--pchs", "C/H/S", Values::geometry, "a physical geometry to store");
    private final Option<Geometry> lchs =
            syntax.option("--lchs", "C/H/S", Values::geometry, "a logical geometry to store");
    private final Argument<String> location = syntax.argument("LOCATION", word -> word, "where to make it");
    private final Argument<Long> size =
            syntax.optional("SIZE", Sizes::parse, "bytes of the disk; with --parent it is the parent's");

    /** Declares the options. */
    public CreateCommand() {
        super("create", "Make an image", "platter create --variant fixed disk.vdi 20G");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        boolean diff = !chain.parents().isEmpty();
        if (diff == size.value().isPresent()) {
            throw new UsageException(diff ? "SIZE is that of the parent" : "SIZE is missing");
        }
        CreateRequest request = request(invocation);
        VirtualDisk disk = invocation.closing(invocation.manager().newDisk());
        if (diff) {
            disk.openChain(chain.lastParent(invocation, Set.of(OpenFlag.READ_ONLY)));
        }
        disk.create(request);
        return null;
    }

    private CreateRequest request(Invocation invocation) throws IOException {
        Location place = Location.parse(location.get(), invocation.console().directory());
        CreateRequest request = image.apply(CreateRequest.of(place.uri())).withGeometry(pchs.value(), lchs.value());
        if (chain.format().isPresent()) {
            request = request.withFormat(
                    NewFormat.named(invocation, chain.format().get()).name());
        } else {
            NewFormat.suggested(
                    invocation, place); // the container chooses the same, but makes a VDI where it knows none
        }
        if (size.value().isPresent()) {
            request = request.withSize(size.get());
        }
        Map<String, String> config = new HashMap<>(chain.settings().of(invocation, place, chain.format()));
        if (request.flags().contains(ImageFlag.RAWDISK)) {
            String device = config.remove(DEVICE);
            if (device == null) {
                throw new UsageException("a rawdisk wants -o " + DEVICE + "=PATH");
            }
            request = request.withRawDisk(new RawDiskSpec(Optional.of(device), List.of()));
        }
        return request.withConfig(config);
    }
}
