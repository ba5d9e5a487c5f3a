// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.look;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.platter.discovery.Target;
import org.platter.discovery.TargetDiscovery;
import org.platter.discovery.TargetUnit;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Option;
import org.platter.shell.option.Sizes;
import org.platter.shell.option.UsageException;
import org.platter.shell.print.Listing;
import org.platter.shell.print.Result;
import org.platter.shell.print.Row;

/** {@code discover}: the targets behind an address and their logical units. */
public final class DiscoverCommand extends Command {
    private static final List<String> COLUMNS = List.of("TARGET", "LUN", "SIZE", "SECTOR", "PRODUCT", "LOCATION");

    private final Option<Map.Entry<String, String>> values =
            syntax.options("-o", "KEY=VALUE", DiscoverCommand::entry, "a config value, such as an account's name");
    private final Argument<String> portal = syntax.argument("HOST[:PORT]", word -> word, "the portal to ask");

    /** Declares the options. */
    public DiscoverCommand() {
        super("discover", "List the iSCSI targets of a portal", "platter discover 127.0.0.1:3260");
        printsJson();
    }

    private static Map.Entry<String, String> entry(String word) {
        int at = word.indexOf('=');
        if (at <= 0) {
            throw new UsageException("'" + word + "' is not KEY=VALUE");
        }
        return Map.entry(word.substring(0, at), word.substring(at + 1));
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        Map<String, String> config = new HashMap<>();
        for (Map.Entry<String, String> value : values.values()) {
            config.put(value.getKey(), value.getValue());
        }
        String word = portal.get();
        URI address;
        try {
            address = URI.create(word.contains("://") ? word : "iscsi://" + word);
        } catch (IllegalArgumentException e) {
            throw new UsageException("'" + word + "' is no host and port");
        }
        List<Found> rows = new ArrayList<>();
        for (Target target : invocation.service(TargetDiscovery.class).discover(address, config)) {
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
                    lun == null ? "-" : lun,
                    size == 0 ? "-" : Sizes.human(size),
                    sectorSize == 0 ? "-" : Integer.toString(sectorSize),
                    product,
                    location == null ? "-" : location);
        }
    }
}
