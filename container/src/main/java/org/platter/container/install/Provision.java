// SPDX-License-Identifier: Apache-2.0
package org.platter.container.install;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.ComponentServiceObjects;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.platter.container.FormatRegistry;
import org.platter.container.OnDemand;
import org.platter.container.catalogue.Known;
import org.platter.container.catalogue.Offer;
import org.platter.container.format.Failures;
import org.platter.container.format.FormatProvider;
import org.platter.container.format.Locations;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.install.Available;
import org.platter.install.Catalogue;
import org.platter.install.DemandListener;
import org.platter.storage.Storage;
import org.platter.storage.StorageProvider;

/**
 * Finds what is not installed, and starts it where that is allowed: the product's own at once, for as long as the
 * framework runs; what a repository offers only after permission or by configuration, and then to stay. What somebody
 * has removed counts like a repository's.
 */
@Component(service = {Catalogue.class, OnDemand.class})
public final class Provision implements Catalogue, OnDemand {
    private static final Logger LOG = System.getLogger(Provision.class.getName());
    private static final String REFERENCE = "reference:";

    /** Of threads, not of this component, which may be made anew while a permission is in force. */
    private static final ThreadLocal<Boolean> ALLOWED = new ThreadLocal<>();

    /**
     * One thread starts something, others that need the same find it started. It holds nothing that they wait for but
     * this: arrivals are told by another thread, and the installer is waited for with an end.
     */
    private static final Object ONE = new Object();

    private final BundleContext context;
    private final FormatRegistry registry;
    private final Known known;
    private final ComponentServiceObjects<BundleFormatInstaller> installer; // not loaded to look something up
    private final FormatStore store;

    /** Called by the framework. */
    @Activate
    public Provision(
            BundleContext context,
            @Reference FormatRegistry registry,
            @Reference Known known,
            @Reference ComponentServiceObjects<BundleFormatInstaller> installer) {
        this.context = context;
        this.registry = registry;
        this.known = known;
        this.installer = installer;
        store = new FormatStore(context);
    }

    // --- what there is ---

    @Override
    public List<Available> available() throws DiskException {
        List<Available> all = new ArrayList<>(installed());
        Set<String> present = new HashSet<>();
        all.forEach(one -> present.add(key(one)));
        for (Offer offer : known.offers()) {
            Available one = offer.available(false);
            if (present.add(key(one))) {
                all.add(one);
            }
        }
        all.sort(Comparator.comparing(Available::kind)
                .thenComparing(Available::name, String.CASE_INSENSITIVE_ORDER)
                .thenComparing(one -> !one.installed()));
        return all;
    }

    private static String key(Available one) {
        return one.kind() + " " + one.name() + " " + one.bundle() + " " + one.version();
    }

    private List<Available> installed() {
        List<Available> all = new ArrayList<>();
        for (FormatProvider format : registry.all()) {
            String source = registry.bundle(format).map(Provision::source).orElse("");
            all.add(new Available(
                    format.name(), Available.Kind.FORMAT, format.bundle(), format.version(), source, true));
        }
        for (ServiceReference<StorageProvider> reference : services(StorageProvider.class)) {
            Bundle bundle = reference.getBundle();
            Object schemes = reference.getProperty(StorageProvider.SCHEME);
            String scheme = schemes instanceof String[] many ? many[0] : String.valueOf(schemes);
            if (bundle != null && schemes != null) {
                String version = bundle.getVersion().toString();
                all.add(new Available(
                        scheme, Available.Kind.STORAGE, bundle.getSymbolicName(), version, source(bundle), true));
            }
        }
        return all;
    }

    /** The file, if the framework was given one, else what it was given. */
    private static String source(Bundle bundle) {
        return InstalledJar.of(bundle).file().map(Path::toString).orElse(bundle.getLocation());
    }

    private <S> Collection<ServiceReference<S>> services(Class<S> type) {
        try {
            return context.getServiceReferences(type, null);
        } catch (InvalidSyntaxException e) {
            throw new AssertionError("no filter has no syntax", e);
        }
    }

    @Override
    public Optional<Available> find(String name) {
        return absent(known.find(offer -> offer.named(name)));
    }

    @Override
    public Optional<Available> find(URI image) throws DiskException {
        String scheme = String.valueOf(image.getScheme());
        return absent(
                registry.opens(scheme)
                        ? signed(image, registry.storages(image))
                        : known.find(offer -> offer.opens(scheme)));
    }

    @Override
    public Optional<Available> suggest(URI image) {
        return absent(known.find(offer -> offer.suits(Locations.name(image))));
    }

    private Optional<Available> absent(Optional<Offer> offer) {
        return offer.filter(one -> !serves(one)).map(one -> one.available(false));
    }

    private boolean serves(Offer offer) {
        return offer.kind() == Available.Kind.FORMAT
                ? registry.all().stream().anyMatch(format -> format.named(offer.name()))
                : registry.opens(offer.name());
    }

    private Optional<Offer> signed(URI image, StorageProvider storages) throws DiskException {
        try (Storage storage = storages.open(image, Set.of())) {
            return known.find(storage);
        } catch (IOException e) {
            throw Failures.at(image, e);
        }
    }

    // --- what is needed ---

    @Override
    public Permission allow() {
        ALLOWED.set(true);
        return ALLOWED::remove;
    }

    @Override
    public boolean format(String name) throws DiskException {
        return provide(
                known.find(offer -> offer.kind() == Available.Kind.FORMAT && offer.named(name)), "the format " + name);
    }

    @Override
    public boolean image(URI location, StorageProvider storages) throws DiskException {
        return provide(signed(location, storages), Locations.show(location));
    }

    @Override
    public boolean extension(URI location) throws DiskException {
        return provide(known.find(offer -> offer.suits(Locations.name(location))), Locations.show(location));
    }

    @Override
    public boolean scheme(String scheme) throws DiskException {
        return provide(known.find(offer -> offer.opens(scheme)), scheme + ": locations");
    }

    private boolean provide(Optional<Offer> found, String wanted) throws DiskException {
        if (found.isEmpty()) {
            return false;
        }
        synchronized (ONE) {
            return serves(found.get()) || provide(found.get(), wanted);
        }
    }

    private boolean provide(Offer offer, String wanted) throws DiskException {
        if (startable(offer)) {
            start(offer);
        } else if (known.onDemand() || ALLOWED.get() != null) {
            installer.getService().installNow(offer);
        } else {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED,
                    wanted + " needs " + offer.name() + ", which is not installed; "
                            + offer.available(false).advice());
        }
        tell(offer.available(true));
        return true;
    }

    private static String shown(Offer offer) {
        return Locations.show(offer.origin().source());
    }

    private boolean startable(Offer offer) throws DiskException {
        return offer.ours()
                && !registry.departed(offer.name())
                && !store.disabled(String.valueOf(Path.of(offer.origin().jar()).getFileName()));
    }

    private void start(Offer offer) throws DiskException {
        List<Bundle> added = new ArrayList<>();
        try {
            Bundle bundle =
                    new Bundles(context).find(offer.bundle(), offer.version()).orElse(null);
            if (bundle == null) {
                bundle = context.installBundle(REFERENCE + offer.origin().jar());
                added.add(bundle);
            }
            List<Bundle> needs = new Bundles(context).needs(bundle, known);
            added.addAll(needs);
            for (Bundle need : needs) {
                need.start(Bundle.START_TRANSIENT | Bundle.START_ACTIVATION_POLICY);
            }
            bundle.start(Bundle.START_TRANSIENT | Bundle.START_ACTIVATION_POLICY);
            if (!serves(offer)) {
                throw new BundleException("it started, but serves no " + offer.name());
            }
        } catch (BundleException | DiskException e) {
            Bundles.uninstall(added);
            ErrorCode code = e instanceof DiskException disk ? disk.code() : ErrorCode.NOT_SUPPORTED;
            throw new DiskException(code, "the plugin " + shown(offer) + " fails: " + e.getMessage());
        }
    }

    private void tell(Available what) {
        LOG.log(Level.INFO, () -> what.name() + " is served by " + what.bundle() + " " + what.version() + " on demand");
        for (ServiceReference<DemandListener> reference : services(DemandListener.class)) {
            DemandListener listener = context.getService(reference);
            if (listener != null) {
                listener.provided(what);
                context.ungetService(reference);
            }
        }
    }
}
