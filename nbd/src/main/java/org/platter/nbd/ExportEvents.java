// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.event.Event;
import org.osgi.service.event.EventAdmin;
import org.platter.export.DiskExport;

/**
 * Posts an event when an export or one of its clients comes or goes, where Event Admin is there: topic {@value #TOPIC}
 * and {@code OPENED}, {@code CLOSED}, {@code CLIENT_CAME} or {@code CLIENT_WENT}, with the properties {@code name},
 * {@code uri} and {@code clients}.
 */
@Component(
        service = {},
        immediate = true)
public final class ExportEvents implements NbdExporter.Watcher {
    /** Start of the topics. */
    public static final String TOPIC = "org/platter/export/";

    private final EventAdmin events;
    private final NbdExporter exporter;

    /** Called by the framework. */
    @Activate
    public ExportEvents(@Reference EventAdmin events, @Reference NbdExporter exporter) {
        this.events = events;
        this.exporter = exporter;
        exporter.watch(this);
    }

    @Deactivate
    void deactivate() {
        exporter.unwatch(this);
    }

    @Override
    public void changed(DiskExport export, NbdExporter.Change change) {
        events.postEvent(new Event(
                TOPIC + change,
                Map.of(
                        "name", export.name(),
                        "uri", export.uri().toString(),
                        "clients", export.statistics().clients())));
    }
}
