// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.serve;

import java.io.IOException;
import java.util.List;
import org.platter.export.DiskExport;
import org.platter.export.DiskExporter;
import org.platter.export.ExportStatistics;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.option.Sizes;
import org.platter.shell.print.Listing;
import org.platter.shell.print.Result;
import org.platter.shell.print.Row;

/** {@code exports}: the disks on offer and what their clients did. */
public final class ExportsCommand extends Command {
    private static final List<String> COLUMNS =
            List.of("NAME", "URI", "ACCESS", "CLIENTS", "REQUESTS", "READ", "WRITTEN");

    /** Declares the options. */
    public ExportsCommand() {
        super("exports", "List the disks that are on offer", "exports");
        printsJson();
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        List<Offer> rows = invocation.service(DiskExporter.class).exports().stream()
                .map(Offer::of)
                .toList();
        return new Listing<>(COLUMNS, rows);
    }

    private record Offer(
            String name, String uri, boolean readOnly, int clients, long requests, long bytesRead, long bytesWritten)
            implements Row {
        static Offer of(DiskExport export) {
            ExportStatistics statistics = export.statistics();
            return new Offer(
                    export.name(),
                    export.uri().toString(),
                    export.readOnly(),
                    statistics.clients(),
                    statistics.requests(),
                    statistics.bytesRead(),
                    statistics.bytesWritten());
        }

        @Override
        public String toString() {
            return name;
        }

        @Override
        public List<String> cells() {
            return List.of(
                    name.isEmpty() ? "-" : name,
                    uri,
                    readOnly ? "read" : "write",
                    Integer.toString(clients),
                    Long.toString(requests),
                    Sizes.human(bytesRead),
                    Sizes.human(bytesWritten));
        }
    }
}
