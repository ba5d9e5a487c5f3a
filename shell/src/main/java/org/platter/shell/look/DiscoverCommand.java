// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.look;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.platter.discovery.Target;
import org.platter.discovery.TargetDiscovery;
import org.platter.discovery.TargetUnit;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.Location;
import org.platter.shell.image.Settings;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Sizes;
import org.platter.shell.print.Listing;
import org.platter.shell.print.Result;
import org.platter.shell.print.Row;

/** {@code discover}: the targets behind an address and their logical units. */
public final class DiscoverCommand extends Command {
    private static final List<String> COLUMNS =
            List.of("TARGET", "PORTALS", "LUN", "SIZE", "SECTOR", "PRODUCT", "LOCATION");

    private final Settings settings = new Settings(syntax);
    private final Argument<String> portal =
            syntax.argument("[USER%SECRET@]HOST[:PORT]", word -> word, "the portal to ask");

    /** Declares the options. */
    public DiscoverCommand() {
        super("discover", "List the iSCSI targets of a portal", "platter discover 127.0.0.1:3260");
        printsJson();
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        String word = portal.get();
        Location address = Location.parse(
                word.contains("://") ? word : "iscsi://" + word,
                invocation.console().directory());
        Map<String, String> config = settings.of(invocation, address, Optional.empty());
        List<Found> rows = new ArrayList<>();
        for (Target target : invocation.service(TargetDiscovery.class).discover(address.uri(), config)) {
            if (target.units().isEmpty()) {
                rows.add(new Found(target.name(), target.portals(), null, 0, 0, target.problem(), null));
            }
            for (TargetUnit unit : target.units()) {
                rows.add(new Found(
                        target.name(),
                        target.portals(),
                        unit.number(),
                        unit.size(),
                        unit.blockSize(),
                        unit.problem().isEmpty() ? unit.product() : unit.problem(),
                        unit.location().toString()));
            }
        }
        return new Listing<>(COLUMNS, rows);
    }

    private record Found(
            String target, List<String> portals, String lun, long size, int sectorSize, String product, String location)
            implements Row {
        @Override
        public String toString() {
            return location == null ? target : location;
        }

        @Override
        public List<String> cells() {
            return List.of(
                    target,
                    String.join(" ", portals),
                    lun == null ? "-" : lun,
                    size == 0 ? "-" : Sizes.human(size),
                    sectorSize == 0 ? "-" : Integer.toString(sectorSize),
                    product,
                    location == null ? "-" : location);
        }
    }
}
