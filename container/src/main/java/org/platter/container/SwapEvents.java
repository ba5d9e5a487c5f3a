// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.event.Event;
import org.osgi.service.event.EventAdmin;
import org.platter.container.swap.Swap;

/**
 * Posts an event for every change of a layer's state, where Event Admin is there: topic {@value #TOPIC} and the state,
 * with the properties {@code location}, {@code format}, {@code state}, {@code reason} and {@code pause}, the nanoseconds
 * that requests had to wait if the state is {@code OPEN}.
 */
@Component(
        service = {},
        immediate = true)
public final class SwapEvents implements Swap.Watcher {
    /** Start of the topics. */
    public static final String TOPIC = "org/platter/disk/layer/";

    private final EventAdmin events;
    private final PlatterDiskManager manager;

    /** Called by the framework. */
    @Activate
    public SwapEvents(@Reference EventAdmin events, @Reference PlatterDiskManager manager) {
        this.events = events;
        this.manager = manager;
        manager.watchLayers(this);
    }

    @Deactivate
    void deactivate() {
        manager.unwatchLayers(this);
    }

    @Override
    public void changed(Swap.Change change) {
        events.postEvent(new Event(
                TOPIC + change.state(),
                Map.of(
                        "location", change.layer().shown(),
                        "format", change.layer().format().name(),
                        "state", change.state().name(),
                        "reason", change.reason(),
                        "pause", change.pause().toNanos())));
    }
}
