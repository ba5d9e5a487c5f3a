// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.export.DiskExport;
import org.platter.export.ExportRequest;
import org.platter.export.ExportTls;

/**
 * Exports every disk service that says where: property {@value #WHERE}, one URI or several. A property of that name with
 * {@code .readOnly}, {@code .description}, {@code .certificate}, {@code .key}, {@code .password} or {@code
 * .authorities} behind it says how. Disks that a configuration declares are such services.
 */
@Component(
        service = {},
        immediate = true)
public final class DeclaredExports {
    static final String WHERE = "platter.export";
    private static final int RETRY_SECONDS = 2;
    private static final Logger LOG = System.getLogger(DeclaredExports.class.getName());

    private final NbdExporter exporter;
    private final Map<VirtualDisk, List<DiskExport>> exports = new HashMap<>(); // guarded by this

    /** Called by the framework. */
    @Activate
    public DeclaredExports(@Reference NbdExporter exporter) {
        this.exporter = exporter;
    }

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            target = "(" + WHERE + "=*)")
    synchronized void add(VirtualDisk disk, Map<String, Object> properties) {
        exports.put(disk, new ArrayList<>());
        for (String place : texts(properties.get(WHERE))) {
            try {
                export(disk, request(place, properties), "");
            } catch (DiskException | IllegalArgumentException e) {
                LOG.log(Level.ERROR, () -> "disk " + disk.options().name() + " is not exported: " + e.getMessage());
            }
        }
    }

    /** A port or a socket that somebody has now may be free later; that is told once a reason. */
    private synchronized void export(VirtualDisk disk, ExportRequest request, String told) {
        List<DiskExport> made = exports.get(disk);
        if (made == null) {
            return; // the disk has gone meanwhile
        }
        try {
            DiskExport export = exporter.export(disk, request);
            made.add(export);
            LOG.log(Level.INFO, () -> "exported: " + export.uri());
        } catch (DiskException e) {
            String reason = String.valueOf(e.getMessage());
            if (!reason.equals(told)) {
                LOG.log(
                        Level.WARNING,
                        () -> "disk " + disk.options().name() + " is not exported yet, it is tried again: " + reason);
            }
            CompletableFuture.delayedExecutor(RETRY_SECONDS, TimeUnit.SECONDS)
                    .execute(() -> export(disk, request, reason));
        }
    }

    void remove(VirtualDisk disk) {
        List<DiskExport> ended;
        synchronized (this) {
            ended = exports.remove(disk);
        }
        for (DiskExport export : ended == null ? List.<DiskExport>of() : ended) {
            try {
                export.close();
            } catch (IOException e) {
                LOG.log(Level.ERROR, () -> "closing " + export.uri() + ": " + e.getMessage());
            }
        }
    }

    private static String[] texts(Object value) {
        return value instanceof String[] many
                ? many
                : String.valueOf(value).trim().split("\\s+");
    }

    private static ExportRequest request(String place, Map<String, Object> properties) throws DiskException {
        ExportRequest request = NbdUri.parse(place);
        request = request.describedAs(text(properties, "description").orElse(""));
        if (text(properties, "readOnly").filter(Boolean::parseBoolean).isPresent()) {
            request = request.asReadOnly();
        }
        Optional<Path> certificate = text(properties, "certificate").map(Path::of);
        if (certificate.isEmpty()) {
            return request;
        }
        boolean required = place.startsWith("nbds");
        return request.withTls(new ExportTls(
                certificate.get(),
                text(properties, "key").map(Path::of),
                text(properties, "password"),
                text(properties, "authorities").map(Path::of),
                required ? ExportTls.Mode.REQUIRED : ExportTls.Mode.OFFERED));
    }

    private static Optional<String> text(Map<String, Object> properties, String key) {
        return Optional.ofNullable(properties.get(WHERE + "." + key)).map(String::valueOf);
    }
}
