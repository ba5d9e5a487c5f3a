// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.Version;
import org.osgi.service.component.ComponentServiceObjects;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.platter.container.format.FormatProvider;
import org.platter.container.format.Platform;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.FormatBackend;
import org.platter.storage.StorageProvider;
import org.platter.storage.TcpConnector;

/**
 * The formats and storages that are installed. Of several providers of one format the one of the highest bundle version,
 * then of the highest ranking, serves. When one leaves, its images are handed over before the unbind returns.
 *
 * <p>Rule of locking: the monitor guards the lists and is never held while anybody is told, asked or waited for. Watchers
 * swap images, which waits for the structure of disks, and who holds the structure of a disk asks here for formats.
 */
@Component(service = FormatRegistry.class)
public final class FormatRegistry implements Platform {
    private static final Comparator<FormatProvider> PREFERRED = Comparator.comparing(
                    (FormatProvider format) -> Version.parseVersion(format.version()))
            .thenComparing(FormatProvider::ranking)
            .reversed();

    /** Told of formats that come and go, and of storages that come; called after the list has changed, on the thread that changed it. */
    public interface Watcher {
        /** A provider serves. */
        void arrived(FormatProvider format);

        /** A provider serves no longer. */
        void left(FormatProvider format);

        /** Locations of another scheme can be opened. */
        default void opens(String scheme) {}
    }

    private final List<FormatProvider> formats = new ArrayList<>(); // guarded by this, the preferred first
    private final Map<FormatProvider, Bundle> owners = new HashMap<>(); // guarded by this
    private final Set<Bundle> held = new HashSet<>(); // guarded by this
    private final Set<String> departed =
            new HashSet<>(); // guarded by this: names of formats that nobody serves any more
    private final Map<ServiceReference<?>, FormatProvider> bound = new HashMap<>(); // guarded by this
    private final Map<String, List<StorageProvider>> storages = new HashMap<>(); // guarded by this, by scheme
    private final CopyOnWriteArrayList<Watcher> watchers = new CopyOnWriteArrayList<>();

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    private volatile TcpConnector connector;

    /** Only looked up when something is missing: most calls need nothing of it, not even its class. */
    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile ComponentServiceObjects<OnDemand> demand;

    private final ThreadLocal<Boolean> demanding = new ThreadLocal<>();

    @Activate
    private BundleContext context; // null where there is no framework

    /** True if the whole framework is being stopped: what leaves now is not replaced. */
    boolean stopping() {
        BundleContext known = context;
        return known != null && known.getBundle(Constants.SYSTEM_BUNDLE_ID).getState() == Bundle.STOPPING;
    }

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            target = "(platter.format.name=*)")
    void bindFormat(ServiceReference<FormatBackend> reference, FormatBackend backend) {
        FormatProvider format = format(reference, backend);
        synchronized (this) {
            bound.put(reference, format);
            owners.put(format, reference.getBundle());
        }
        add(format);
    }

    void unbindFormat(ServiceReference<FormatBackend> reference) {
        FormatProvider leaving;
        synchronized (this) {
            leaving = bound.remove(reference);
        }
        remove(leaving);
    }

    void add(FormatProvider format) {
        synchronized (this) {
            formats.add(format);
            formats.sort(PREFERRED);
            departed.remove(key(format.name()));
        }
        tell(watcher -> watcher.arrived(format));
    }

    void remove(FormatProvider format) {
        synchronized (this) {
            formats.remove(format);
            owners.remove(format);
            if (formats.stream().noneMatch(other -> other.named(format.name()))) {
                departed.add(key(format.name()));
            }
        }
        watchers.forEach(watcher -> watcher.left(format));
    }

    /**
     * Tells of an arrival. A thread that has started the newcomer because it needs it may hold the structure of a disk,
     * for which watchers would wait: then another thread tells them, for no image waits for a format that is started.
     */
    private void tell(Consumer<Watcher> arrival) {
        if (demanding.get() == null) {
            watchers.forEach(arrival);
            return;
        }
        Thread thread = new Thread(() -> watchers.forEach(arrival), "platter-arrival");
        thread.setDaemon(true);
        thread.start();
    }

    private static String key(String name) {
        return name.toLowerCase(Locale.ROOT);
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
        tell(watcher -> watcher.opens(scheme));
    }

    /** The formats of a bundle serve nobody yet. */
    public synchronized void hold(Bundle bundle) {
        held.add(bundle);
    }

    /** From now on the bundle's formats serve like others. */
    public void release(Bundle bundle) {
        boolean hidden;
        synchronized (this) {
            hidden = held.remove(bundle);
        }
        if (hidden) {
            of(bundle).forEach(format -> tell(watcher -> watcher.arrived(format)));
        }
    }

    /** The formats that a bundle serves, held or not. */
    public synchronized List<FormatProvider> of(Bundle bundle) {
        return formats.stream()
                .filter(format -> bundle.equals(owners.get(format)))
                .toList();
    }

    /** The bundle that brings a format; empty once it has left. */
    public synchronized Optional<Bundle> bundle(FormatProvider format) {
        return Optional.ofNullable(owners.get(format));
    }

    /** True if the format was there and is not any more: somebody took it away. */
    public synchronized boolean departed(String name) {
        return departed.contains(key(name));
    }

    /** True if something opens locations of that scheme. */
    public synchronized boolean opens(String scheme) {
        return !storages.getOrDefault(scheme, List.of()).isEmpty()
                || formats.stream().anyMatch(format -> format.schemes().contains(scheme));
    }

    /** From now on the watcher is told of what comes and goes. */
    public void watch(Watcher watcher) {
        watchers.add(watcher);
    }

    /** It is told no longer. */
    public void unwatch(Watcher watcher) {
        watchers.remove(watcher);
    }

    private static FormatProvider format(ServiceReference<?> reference, FormatBackend backend) {
        Bundle bundle = reference.getBundle();
        Set<Capability> capabilities = EnumSet.noneOf(Capability.class);
        for (String name : strings(reference.getProperty("platter.format.capabilities"))) {
            capabilities.add(Capability.valueOf(name));
        }
        Object ranking = reference.getProperty(Constants.SERVICE_RANKING);
        return new FormatProvider(
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
    public synchronized List<FormatProvider> all() {
        return held.isEmpty()
                ? List.copyOf(formats)
                : formats.stream()
                        .filter(format -> !held.contains(owners.get(format)))
                        .toList();
    }

    // --- what is not there yet ---

    private interface Question {
        boolean ask(OnDemand demand) throws DiskException;
    }

    /** True if the answer to the question is there now; fails if it can be had but must not be started. */
    private boolean demanded(Question question) throws DiskException {
        ComponentServiceObjects<OnDemand> objects = demand;
        if (objects == null || demanding.get() != null) {
            return false;
        }
        demanding.set(true);
        try {
            OnDemand known = objects.getService(); // not given back: what it has read of catalogues would be lost
            return known != null && question.ask(known);
        } finally {
            demanding.remove();
        }
    }

    private boolean quietly(Question question) {
        try {
            return demanded(question);
        } catch (DiskException e) {
            return false; // who must have it asks with get or resolve, and hears why not
        }
    }

    @Override
    public Optional<FormatProvider> find(String name) {
        Optional<FormatProvider> found = Platform.super.find(name);
        boolean wanted = found.isEmpty() && !departed(name);
        return wanted && quietly(known -> known.format(name)) ? Platform.super.find(name) : found;
    }

    @Override
    public FormatProvider get(String name) throws DiskException {
        if (Platform.super.find(name).isEmpty()) {
            demanded(known -> known.format(name));
        }
        return Platform.super.get(name);
    }

    @Override
    public Optional<FormatProvider> probe(URI location) throws DiskException {
        String scheme = String.valueOf(location.getScheme());
        if (!opens(scheme)) {
            demanded(known -> known.scheme(scheme));
        }
        Optional<FormatProvider> found = Platform.super.probe(location);
        return found.isEmpty() && demanded(known -> known.image(location, storages(location)))
                ? Platform.super.probe(location)
                : found;
    }

    @Override
    public Optional<FormatProvider> suggest(URI location) {
        Optional<FormatProvider> found = Platform.super.suggest(location);
        boolean wanted = found.isEmpty() && quietly(known -> known.extension(location));
        return wanted ? Platform.super.suggest(location) : found;
    }

    @Override
    public StorageProvider storages(URI location) throws DiskException {
        String scheme = String.valueOf(location.getScheme());
        Optional<StorageProvider> provider = provider(scheme);
        if (provider.isEmpty() && demanded(known -> known.scheme(scheme))) {
            provider = provider(scheme);
        }
        return provider.orElseThrow(() -> new DiskException(
                ErrorCode.NOT_SUPPORTED, "nothing that is installed opens " + location.getScheme() + ": URIs"));
    }

    private synchronized Optional<StorageProvider> provider(String scheme) {
        return storages.getOrDefault(scheme, List.of()).stream().findFirst();
    }

    @Override
    public TcpConnector connector() {
        return connector;
    }
}
