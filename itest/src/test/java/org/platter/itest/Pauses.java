// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Locale;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.event.Event;
import org.osgi.service.event.EventConstants;
import org.osgi.service.event.EventHandler;

/** How long requests had to wait for each swap, as the platform's events say. */
final class Pauses implements EventHandler, AutoCloseable {
    private final ServiceRegistration<EventHandler> registration;
    private final List<Long> nanos = new ArrayList<>(); // guarded by this

    Pauses(BundleContext context) {
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(EventConstants.EVENT_TOPIC, "org/platter/disk/layer/OPEN");
        registration = context.registerService(EventHandler.class, this, properties);
    }

    @Override
    public synchronized void handleEvent(Event event) {
        nanos.add((Long) event.getProperty("pause"));
        notifyAll();
    }

    /** Waits until so many swaps have been reported; gives the pauses in their order. */
    synchronized List<Long> await(int swaps) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (nanos.size() < swaps) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(nanos.size() + " of " + swaps + " swaps have been reported");
            }
            wait(1_000);
        }
        return List.copyOf(nanos);
    }

    /** A line of figures. */
    static String figures(List<Long> pauses) {
        List<Long> sorted = pauses.stream().sorted().toList();
        return String.format(
                Locale.ROOT,
                "%d swaps, pause p50 %.1f ms, p99 %.1f ms, max %.1f ms",
                sorted.size(),
                percentile(sorted, 50),
                percentile(sorted, 99),
                percentile(sorted, 100));
    }

    private static double percentile(List<Long> sorted, int percent) {
        return sorted.get((sorted.size() * percent + 99) / 100 - 1) / 1e6;
    }

    @Override
    public void close() {
        registration.unregister();
    }
}
