// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.event.Event;
import org.osgi.service.event.EventAdmin;
import org.platter.container.chain.ChainLayer;
import org.platter.container.chain.Swap;
import org.platter.disk.Layer;

/**
 * Posts an event for every change of a layer's state, where Event Admin is there: topic {@value #TOPIC} and the state,
 * with the properties {@code location}, {@code format}, {@code state} and {@code reason}.
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
    public void changed(ChainLayer layer, Layer.State state, String reason) {
        events.postEvent(new Event(
                TOPIC + state,
                Map.of(
                        "location", layer.shown(),
                        "format", layer.format().name(),
                        "state", state.name(),
                        "reason", reason)));
    }
}
