// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.export;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.platter.disk.Layer;
import org.platter.export.DiskExport;
import org.platter.export.DiskExporter;
import org.platter.export.ExportStatistics;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.option.Sizes;
import org.platter.shell.print.Listing;
import org.platter.shell.print.Places;
import org.platter.shell.print.Result;
import org.platter.shell.print.Row;

/** {@code exports}: the disks on offer, and what their clients do. */
public final class ExportsCommand extends Command {
    private static final List<String> COLUMNS =
            List.of("NAME", "ACCESS", "CLIENTS", "REQUESTS", "ERRORS", "READ", "WRITTEN", "P99", "URI", "LOCATION");

    /** Declares the options. */
    public ExportsCommand() {
        super("exports", "List the disks on offer and what their clients do", "exports --json");
        printsJson();
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        List<Offer> rows = new ArrayList<>();
        for (DiskExport export : invocation.service(DiskExporter.class).exports()) {
            rows.add(Offer.of(export));
        }
        return new Listing<>(COLUMNS, rows);
    }

    /** Latencies in microseconds. */
    private record Offer(
            String name,
            String uri,
            Optional<String> location,
            boolean readOnly,
            int clients,
            long connections,
            long requests,
            long reads,
            long writes,
            long errors,
            long bytesRead,
            long bytesWritten,
            long latencyMedian,
            long latencyP95,
            long latencyP99,
            long latencyMax)
            implements Row {
        static Offer of(DiskExport export) {
            ExportStatistics now = export.statistics();
            List<Layer> layers = export.disk().layers();
            return new Offer(
                    export.name(),
                    export.uri().toString(),
                    layers.isEmpty()
                            ? Optional.empty()
                            : Optional.of(
                                    Places.show(layers.get(layers.size() - 1).location())),
                    export.readOnly(),
                    now.clients(),
                    now.connections(),
                    now.requests(),
                    now.reads(),
                    now.writes(),
                    now.errors(),
                    now.bytesRead(),
                    now.bytesWritten(),
                    micros(now.latency().median()),
                    micros(now.latency().p95()),
                    micros(now.latency().p99()),
                    micros(now.latency().max()));
        }

        private static long micros(Duration time) {
            return time.toNanos() / 1000;
        }

        /** As {@code unexport} takes it. */
        @Override
        public String toString() {
            return uri;
        }

        @Override
        public List<String> cells() {
            return List.of(
                    name.isEmpty() ? "(default)" : name,
                    readOnly ? "read" : "write",
                    Integer.toString(clients),
                    Long.toString(requests),
                    Long.toString(errors),
                    Sizes.human(bytesRead),
                    Sizes.human(bytesWritten),
                    latencyP99 + " µs",
                    uri,
                    location.orElse("-"));
        }
    }
}
