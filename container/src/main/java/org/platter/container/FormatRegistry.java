// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.Version;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.platter.container.chain.Format;
import org.platter.container.chain.Formats;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.FormatBackend;
import org.platter.storage.StorageProvider;
import org.platter.storage.TcpConnector;

/**
 * The formats and storages that are installed. Of several providers of one format the one of the highest bundle version,
 * then of the highest ranking, serves. When one leaves, its images are handed over before the unbind returns.
 */
@Component(service = FormatRegistry.class)
public final class FormatRegistry implements Formats {
    private static final Comparator<Entry> PREFERRED = Comparator.comparing((Entry entry) -> entry.version())
            .thenComparing(entry -> entry.reference())
            .reversed();

    private record Entry(ServiceReference<FormatBackend> reference, Format format, Version version) {}

    /** Told of formats that come and go; called after the list has changed, on the thread that changed it. */
    interface Watcher {
        void arrived(Format format);

        void left(Format format);
    }

    private final List<Entry> entries = new ArrayList<>(); // guarded by this
    private final Map<ServiceReference<StorageProvider>, StorageProvider> providers =
            new HashMap<>(); // guarded by this
    private final CopyOnWriteArrayList<Watcher> watchers = new CopyOnWriteArrayList<>();

    @Reference(policy = ReferencePolicy.STATIC, policyOption = ReferencePolicyOption.GREEDY)
    private TcpConnector connector;

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            target = "(platter.format.name=*)")
    void bindFormat(ServiceReference<FormatBackend> reference, FormatBackend backend) {
        Bundle bundle = reference.getBundle();
        Entry entry = new Entry(reference, format(reference, backend, bundle), bundle.getVersion());
        synchronized (this) {
            entries.add(entry);
            entries.sort(PREFERRED);
        }
        watchers.forEach(watcher -> watcher.arrived(entry.format()));
    }

    void unbindFormat(ServiceReference<FormatBackend> reference) {
        Entry leaving;
        synchronized (this) {
            leaving = entries.stream()
                    .filter(entry -> entry.reference().equals(reference))
                    .findFirst()
                    .orElseThrow();
            entries.remove(leaving);
        }
        watchers.forEach(watcher -> watcher.left(leaving.format()));
    }

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            target = "(" + StorageProvider.SCHEME + "=*)")
    synchronized void bindStorage(ServiceReference<StorageProvider> reference, StorageProvider provider) {
        providers.put(reference, provider);
    }

    synchronized void unbindStorage(ServiceReference<StorageProvider> reference) {
        providers.remove(reference);
    }

    void watch(Watcher watcher) {
        watchers.add(watcher);
    }

    void unwatch(Watcher watcher) {
        watchers.remove(watcher);
    }

    private static Format format(ServiceReference<?> reference, FormatBackend backend, Bundle bundle) {
        Set<Capability> capabilities = EnumSet.noneOf(Capability.class);
        for (String name : strings(reference.getProperty("platter.format.capabilities"))) {
            capabilities.add(Capability.valueOf(name));
        }
        Object ranking = reference.getProperty(Constants.SERVICE_RANKING);
        return new Format(
                String.valueOf(reference.getProperty("platter.format.name")),
                bundle.getSymbolicName(),
                bundle.getVersion().toString(),
                ranking instanceof Integer number ? number : 0,
                Set.copyOf(capabilities),
                List.of(strings(reference.getProperty("platter.format.extensions"))),
                List.of(strings(reference.getProperty("platter.format.schemes"))),
                backend);
    }

    private static String[] strings(Object property) {
        if (property instanceof String[] many) {
            return many;
        }
        return property == null ? new String[0] : new String[] {property.toString()};
    }

    /** The bundle of a backend, for those who manage bundles. */
    static Bundle bundle(Format format) {
        return FrameworkUtil.getBundle(format.backend().getClass());
    }

    @Override
    public synchronized List<Format> all() {
        return entries.stream().map(Entry::format).toList();
    }

    @Override
    public synchronized StorageProvider storages(URI location) throws DiskException {
        return providers.entrySet().stream()
                .filter(entry -> List.of(strings(entry.getKey().getProperty(StorageProvider.SCHEME)))
                        .contains(String.valueOf(location.getScheme())))
                .max(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue)
                .orElseThrow(() -> new DiskException(
                        ErrorCode.NOT_SUPPORTED, "nothing that is installed opens " + location.getScheme() + ": URIs"));
    }

    @Override
    public TcpConnector connector() {
        return connector;
    }
}
