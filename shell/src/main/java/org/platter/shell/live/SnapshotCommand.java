// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.live;

import java.io.IOException;
import org.platter.disk.CreateRequest;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.Location;
import org.platter.shell.image.NewImage;
import org.platter.shell.image.Settings;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Option;
import org.platter.shell.print.Result;

/** {@code snapshot}: a differencing image on top of an open disk, which takes all writes from then on. */
public final class SnapshotCommand extends Command {
    private final Option<String> format =
            syntax.option("-f --format", "FORMAT", word -> word, "the new image's format; else by extension, else VDI");
    private final NewImage image = new NewImage(syntax);
    private final Settings settings = new Settings(syntax);
    private final Argument<String> name = syntax.argument("NAME", word -> word, "the open disk");
    private final Argument<String> location = syntax.argument("LOCATION", word -> word, "where to make the image");

    /** Declares the options. */
    public SnapshotCommand() {
        super("snapshot", "Put a differencing image on top of an open disk", "snapshot win before-update.vdi");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        Location place = Location.parse(location.get(), invocation.console().directory());
        CreateRequest request =
                image.apply(CreateRequest.of(place.uri())).withConfig(settings.of(invocation, place, format.value()));
        if (format.given()) {
            request = request.withFormat(format.value().orElseThrow());
        }
        invocation.disks().get(name.get()).create(request);
        return null;
    }
}
