// SPDX-License-Identifier: Apache-2.0
package org.platter.container.install;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.platter.container.FormatRegistry;
import org.platter.container.PlatterDiskManager;
import org.platter.container.catalogue.Fetch;
import org.platter.container.catalogue.Known;
import org.platter.container.catalogue.Offer;
import org.platter.container.format.FormatProvider;
import org.platter.container.image.ChainLayer;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.install.FormatInstaller;
import org.platter.install.Installation;

/**
 * Installs, upgrades and removes the bundles of formats, one call at a time.
 *
 * <p>An upgrade holds the lock and waits for the structure of each disk. A thread that opens an image holds a structure, so
 * it must not wait for the lock without end: {@link #installNow} gives up after a while.
 */
@Component(service = {FormatInstaller.class, BundleFormatInstaller.class})
public final class BundleFormatInstaller implements FormatInstaller {
    private static final long WAIT_SECONDS = 10;

    private final ReentrantLock lock = new ReentrantLock();
    private final FormatRegistry registry;
    private final PlatterDiskManager manager;
    private final Known known;
    private final FormatStore store;
    private final Bundles bundles;
    private final Newcomers newcomers;

    /** Called by the framework. */
    @Activate
    public BundleFormatInstaller(
            BundleContext context,
            @Reference FormatRegistry registry,
            @Reference PlatterDiskManager manager,
            @Reference Known known) {
        this.registry = registry;
        this.manager = manager;
        this.known = known;
        store = new FormatStore(context);
        bundles = new Bundles(context);
        newcomers = new Newcomers(context, registry, known, store);
    }

    private interface Change {
        Installation make() throws DiskException;
    }

    private Installation alone(Change change) throws DiskException {
        lock.lock();
        try {
            return change.make();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Installation install(URI jar) throws DiskException {
        return alone(() -> install(StagedJar.read(jar)));
    }

    @Override
    public Installation install(String name) throws DiskException {
        return alone(() -> installKnown(name));
    }

    private Installation installKnown(String name) throws DiskException {
        for (FormatProvider format : registry.all()) {
            if (format.named(name) && !onDemand(bundle(format))) {
                throw new DiskException(
                        ErrorCode.EXISTS,
                        format.name() + " is installed already: " + format.bundle() + " " + format.version());
            }
        }
        Optional<Offer> offer = known.find(one -> one.named(name));
        if (offer.isEmpty()) {
            throw new DiskException(
                    ErrorCode.NOT_FOUND,
                    "neither the product's plugins nor a repository has a format or storage called " + name);
        }
        return install(offer.get());
    }

    /** True if the bundle was started because it was needed, and is not installed to stay. */
    private boolean onDemand(Bundle bundle) {
        return InstalledJar.of(bundle).file().map(known::owns).orElse(false);
    }

    /** Installs what the catalogue offers, for a thread that may hold the structure of a disk. */
    void installNow(Offer offer) throws DiskException {
        try {
            if (!lock.tryLock(WAIT_SECONDS, TimeUnit.SECONDS)) {
                throw new DiskException(
                        ErrorCode.BUSY, offer.name() + " is not installed now, for another installation is under way");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DiskException(ErrorCode.CANCELLED, "interrupted before " + offer.name() + " was installed");
        }
        try {
            install(offer);
        } finally {
            lock.unlock();
        }
    }

    /** From a repository only what its digest confirms. */
    private Installation install(Offer offer) throws DiskException {
        return install(
                offer.ours()
                        ? StagedJar.read(offer.origin().jar())
                        : StagedJar.of(
                                Fetch.verified(offer.origin().resource().orElseThrow()),
                                offer.origin().jar().toString()));
    }

    private Installation install(StagedJar staged) throws DiskException {
        refuseQuarantined(staged);
        Optional<Bundle> present = bundles.find(staged.bundle(), staged.version());
        if (present.isPresent()) {
            return adopt(staged, present.get());
        }
        Newcomer newcomer = newcomers.start(staged);
        try {
            newcomer.keep(store);
        } catch (DiskException e) {
            newcomer.remove();
            throw e;
        }
        registry.release(newcomer.bundle());
        return newcomer.result(staged.served(), "", 0, Duration.ZERO);
    }

    /** What was started because it was needed stays from now on. */
    private Installation adopt(StagedJar staged, Bundle present) throws DiskException {
        if (!store.jar(present).digest().equals(staged.digest())) {
            throw new DiskException(
                    ErrorCode.EXISTS,
                    staged + " is installed already, with other content; upgrade replaces it: platter upgrade "
                            + staged.served() + " JAR");
        }
        if (!onDemand(present)) {
            throw new DiskException(ErrorCode.EXISTS, staged + " is installed already");
        }
        store.keep(staged);
        try {
            present.start();
        } catch (BundleException e) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, staged + " does not start: " + e.getMessage());
        }
        return new Newcomer(staged, present, List.of(), registry.of(present))
                .result(staged.served(), "", 0, Duration.ZERO);
    }

    @Override
    public Installation upgrade(String name, URI jar) throws DiskException {
        return alone(() -> {
            StagedJar staged = StagedJar.read(jar);
            refuseQuarantined(staged);
            return replace(name, staged, true);
        });
    }

    @Override
    public Installation rollback(String name) throws DiskException {
        return alone(() -> {
            StagedJar before = store.history(name).last(store.quarantine());
            Installation done = registry.all().stream().anyMatch(format -> format.named(name))
                    ? replace(name, before, false)
                    : install(before);
            store.forget(before);
            return done;
        });
    }

    private void refuseQuarantined(StagedJar staged) throws DiskException {
        if (store.quarantine().contains(staged.digest())) {
            throw new DiskException(ErrorCode.DENIED, staged + " failed before and is not taken again");
        }
    }

    private FormatProvider served(String name) throws DiskException {
        return registry.all().stream()
                .filter(format -> format.named(name))
                .findFirst()
                .orElseThrow(() -> new DiskException(ErrorCode.NOT_FOUND, "no format " + name + " is installed"));
    }

    private Bundle bundle(FormatProvider format) throws DiskException {
        return registry.bundle(format)
                .orElseThrow(() ->
                        new DiskException(ErrorCode.NOT_FOUND, "the bundle " + format.bundle() + " is not installed"));
    }

    private Installation replace(String name, StagedJar staged, boolean remember) throws DiskException {
        FormatProvider served = served(name);
        Bundle oldBundle = bundle(served);
        List<FormatProvider> old = registry.of(oldBundle);
        for (FormatProvider format : old) {
            if (!staged.serves(format.name())) {
                throw new DiskException(
                        ErrorCode.BAD_TYPE,
                        staged + " serves " + staged.declared().formats() + ", not " + format.name());
            }
        }
        StagedJar before = store.jar(oldBundle);
        if (before.digest().equals(staged.digest())) {
            throw new DiskException(ErrorCode.EXISTS, staged + " is served already: the jar is the same");
        }
        bundles.refuseWideRefresh(oldBundle, "replacing");
        Newcomer newcomer = newcomers.start(staged);
        HandOver handOver = new HandOver(manager, old, newcomer);
        try {
            handOver.run();
        } catch (DiskException | RuntimeException e) {
            DiskException failure = undone(handOver, served, e);
            store.quarantine(staged.digest());
            throw failure;
        }
        try {
            commit(newcomer, oldBundle, remember ? Optional.of(before) : Optional.empty());
        } catch (DiskException | RuntimeException e) {
            throw undone(handOver, served, e);
        }
        store.drop(oldBundle);
        return newcomer.result(name, served.version(), handOver.images(), handOver.longest());
    }

    /** What can fail without harm comes first: once the old bundle is gone there is no way back but a rollback. */
    private void commit(Newcomer newcomer, Bundle oldBundle, Optional<StagedJar> before) throws DiskException {
        try {
            if (before.isPresent()) {
                store.remember(before.get());
            }
            newcomer.keep(store);
            registry.release(newcomer.bundle());
            oldBundle.uninstall();
        } catch (BundleException | DiskException e) {
            if (before.isPresent()) {
                store.forget(before.get());
            }
            store.discard(newcomer.staged());
            throw e instanceof DiskException known
                    ? known
                    : new DiskException(ErrorCode.IO, oldBundle + " cannot be removed: " + e.getMessage());
        }
    }

    /** The newcomer goes, what it has taken over goes back. */
    private DiskException undone(HandOver handOver, FormatProvider old, Exception cause) {
        DiskException shown =
                cause instanceof DiskException disk ? disk : new DiskException(ErrorCode.IO, cause.toString(), cause);
        try {
            handOver.back();
        } catch (DiskException e) {
            shown.addSuppressed(e);
        }
        handOver.newcomer().remove();
        registry.release(handOver.newcomer().bundle());
        return new DiskException(
                shown.code(),
                handOver.newcomer().staged() + " was removed, " + old.bundle() + " " + old.version() + " serves on: "
                        + shown.getMessage(),
                shown);
    }

    @Override
    public void remove(String name, Removal mode) throws DiskException {
        lock.lock();
        try {
            removeNow(name, mode);
        } finally {
            lock.unlock();
        }
    }

    private void removeNow(String name, Removal mode) throws DiskException {
        Bundle bundle = bundle(served(name));
        List<String> open = registry.of(bundle).stream()
                .flatMap(format -> manager.served(format).stream())
                .map(ChainLayer::shown)
                .toList();
        if (!open.isEmpty() && mode == Removal.IF_UNUSED) {
            throw new DiskException(
                    ErrorCode.BAD_STATE,
                    name + " serves images that are open: " + String.join(", ", open) + "; close them or use --force");
        }
        bundles.refuseWideRefresh(bundle, "removing");
        StagedJar jar = store.jar(bundle);
        store.remember(jar);
        try {
            bundle.uninstall();
        } catch (BundleException e) {
            throw new DiskException(ErrorCode.IO, bundle + " cannot be removed: " + e.getMessage());
        }
        store.drop(bundle);
        for (Offer offer : known.ours()) {
            if (jar.serves(offer.name())) {
                store.disable(
                        String.valueOf(Path.of(offer.origin().jar()).getFileName())); // nor is it started on demand
            }
        }
    }

    @Override
    public List<String> quarantine() throws DiskException {
        return store.quarantine();
    }
}
