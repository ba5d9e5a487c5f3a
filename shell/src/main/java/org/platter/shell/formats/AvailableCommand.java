// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.formats;

import java.io.IOException;
import java.util.List;
import org.platter.install.Available;
import org.platter.install.Catalogue;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.print.Json;
import org.platter.shell.print.Listing;
import org.platter.shell.print.Places;
import org.platter.shell.print.Result;
import org.platter.shell.print.Row;

/** {@code available}: formats and storages that can be had. */
public final class AvailableCommand extends Command {
    private static final List<String> COLUMNS = List.of("NAME", "KIND", "VERSION", "INSTALLED", "SOURCE");

    /** Declares the options. */
    public AvailableCommand() {
        super("available", "List formats and storages that can be had", "platter available --json");
        printsJson();
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        return new Listing<>(
                COLUMNS,
                invocation.service(Catalogue.class).available().stream()
                        .map(Line::of)
                        .toList());
    }

    private record Line(String name, String kind, String version, String source, boolean installed) implements Row {
        static Line of(Available one) {
            return new Line(
                    one.name(),
                    Json.word(one.kind()),
                    one.version(),
                    Places.withoutSecrets(one.source()),
                    one.installed());
        }

        @Override
        public List<String> cells() {
            return List.of(name, kind, version, installed ? "yes" : "no", source);
        }

        /** As a command line takes it. */
        @Override
        public String toString() {
            return name;
        }
    }
}
