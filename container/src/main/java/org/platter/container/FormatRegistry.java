// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.Version;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.platter.container.format.Format;
import org.platter.container.format.Formats;
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
    private static final Comparator<Format> PREFERRED = Comparator.comparing(
                    (Format format) -> Version.parseVersion(format.version()))
            .thenComparing(Format::ranking)
            .reversed();

    /** Told of formats that come and go, and of storages that come; called after the list has changed, on the thread that changed it. */
    interface Watcher {
        void arrived(Format format);

        void left(Format format);

        /** Locations of another scheme can be opened. */
        default void opens(String scheme) {}
    }

    private final List<Format> formats = new ArrayList<>(); // guarded by this, the preferred first
    private final Set<String> held = new HashSet<>(); // guarded by this
    private final Map<ServiceReference<?>, Format> bound = new HashMap<>(); // guarded by this
    private final Map<String, List<StorageProvider>> storages = new HashMap<>(); // guarded by this, by scheme
    private final CopyOnWriteArrayList<Watcher> watchers = new CopyOnWriteArrayList<>();

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    private volatile TcpConnector connector;

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            target = "(platter.format.name=*)")
    void bindFormat(ServiceReference<FormatBackend> reference, FormatBackend backend) {
        Format format = format(reference, backend);
        synchronized (this) {
            bound.put(reference, format);
        }
        add(format);
    }

    void unbindFormat(ServiceReference<FormatBackend> reference) {
        Format leaving;
        synchronized (this) {
            leaving = bound.remove(reference);
        }
        remove(leaving);
    }

    void add(Format format) {
        synchronized (this) {
            formats.add(format);
            formats.sort(PREFERRED);
        }
        watchers.forEach(watcher -> watcher.arrived(format));
    }

    void remove(Format format) {
        synchronized (this) {
            formats.remove(format);
        }
        watchers.forEach(watcher -> watcher.left(format));
    }

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            target = "(" + StorageProvider.SCHEME + "=*)")
    void bindStorage(StorageProvider provider, Map<String, ?> properties) {
        for (String scheme : strings(properties.get(StorageProvider.SCHEME))) {
            addStorage(scheme, provider);
        }
    }

    synchronized void unbindStorage(StorageProvider provider) {
        storages.values().forEach(providers -> providers.remove(provider));
    }

    void addStorage(String scheme, StorageProvider provider) {
        synchronized (this) {
            storages.computeIfAbsent(scheme, key -> new ArrayList<>()).add(provider);
        }
        watchers.forEach(watcher -> watcher.opens(scheme));
    }

    /** A bundle whose formats serve nobody yet: {@code NAME VERSION}. */
    synchronized void hold(String bundleAndVersion) {
        held.add(bundleAndVersion);
    }

    /** From now on the bundle's formats serve like others. */
    void release(String bundleAndVersion) {
        synchronized (this) {
            held.remove(bundleAndVersion);
        }
    }

    /** The format that a bundle serves, held or not. */
    synchronized java.util.Optional<Format> of(String bundleAndVersion, String name) {
        return formats.stream()
                .filter(format -> format.named(name) && key(format).equals(bundleAndVersion))
                .findFirst();
    }

    static String key(Format format) {
        return format.bundle() + " " + format.version();
    }

    void watch(Watcher watcher) {
        watchers.add(watcher);
    }

    void unwatch(Watcher watcher) {
        watchers.remove(watcher);
    }

    private static Format format(ServiceReference<?> reference, FormatBackend backend) {
        Bundle bundle = reference.getBundle();
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
                List.of(strings(reference.getProperty("platter.format.signatures"))),
                backend);
    }

    private static String[] strings(Object property) {
        if (property instanceof String[] many) {
            return many;
        }
        return property == null ? new String[0] : new String[] {property.toString()};
    }

    @Override
    public synchronized List<Format> all() {
        return held.isEmpty()
                ? List.copyOf(formats)
                : formats.stream().filter(format -> !held.contains(key(format))).toList();
    }

    @Override
    public synchronized StorageProvider storages(URI location) throws DiskException {
        List<StorageProvider> providers = storages.getOrDefault(String.valueOf(location.getScheme()), List.of());
        if (providers.isEmpty()) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED, "nothing that is installed opens " + location.getScheme() + ": URIs");
        }
        return providers.get(0);
    }

    @Override
    public TcpConnector connector() {
        return connector;
    }
}
