// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.live;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.platter.disk.Declared;
import org.platter.disk.Layer;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.option.Sizes;
import org.platter.shell.print.Json;
import org.platter.shell.print.Listing;
import org.platter.shell.print.Places;
import org.platter.shell.print.Result;
import org.platter.shell.print.Row;

/** {@code list}: the disks that are open, and those that are declared and cannot be attached. */
public final class ListCommand extends Command {
    private static final List<String> COLUMNS =
            List.of("NAME", "SIZE", "IMAGES", "ACCESS", "STATE", "FORMAT", "LOCATION");

    /** Declares the options. */
    public ListCommand() {
        super("list", "List the disks that are open, and declared ones that wait", "list");
        printsJson();
    }

    @Override
    public Result run(Invocation invocation) {
        List<Disk> rows = new ArrayList<>();
        for (VirtualDisk disk : invocation.disks().all()) {
            try {
                rows.add(Disk.of(disk));
            } catch (DiskException e) {
                continue; // closed in between
            }
        }
        for (Declared declared : invocation.manager().declared()) {
            if (declared.state() != Declared.State.ATTACHED) {
                rows.add(Disk.of(declared));
            }
        }
        return new Listing<>(COLUMNS, rows);
    }

    private record Disk(
            Optional<String> name,
            long virtualSize,
            int images,
            boolean readOnly,
            String state,
            Optional<String> reason,
            String format,
            String location)
            implements Row {
        static Disk of(VirtualDisk disk) throws DiskException {
            Layer last = disk.last();
            Layer waiting = disk.layers().stream()
                    .filter(layer -> layer.state() != Layer.State.OPEN)
                    .findFirst()
                    .orElse(last);
            return new Disk(
                    Optional.of(disk.options().name()).filter(text -> !text.isEmpty()),
                    disk.size(),
                    disk.layers().size(),
                    disk.readOnly(),
                    Json.word(waiting.state()),
                    waiting.reason(),
                    last.format().name(),
                    Places.show(last.location()));
        }

        /** Of a disk that its configuration declares and that is not there. */
        static Disk of(Declared declared) {
            return new Disk(
                    Optional.of(declared.name()),
                    0,
                    0,
                    false,
                    Json.word(declared.state()),
                    declared.reason(),
                    "",
                    declared.location());
        }

        /** As a command line takes it. */
        @Override
        public String toString() {
            return name.orElse(location);
        }

        @Override
        public List<String> cells() {
            return List.of(
                    name.orElse("-"),
                    images == 0 ? "-" : Sizes.human(virtualSize),
                    Integer.toString(images),
                    images == 0 ? "-" : readOnly ? "read" : "write",
                    state + reason.map(text -> ": " + text).orElse(""),
                    format.isEmpty() ? "-" : format,
                    location);
        }
    }
}
