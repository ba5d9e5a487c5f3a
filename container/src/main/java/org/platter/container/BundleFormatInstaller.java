// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.platter.container.format.Format;
import org.platter.container.image.ChainLayer;
import org.platter.container.swap.ShadowCheck;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.install.FormatInstaller;
import org.platter.install.Installation;

/** Installs, upgrades and removes the bundles of formats, one call at a time. */
@Component(service = FormatInstaller.class)
public final class BundleFormatInstaller implements FormatInstaller {
    private static final Duration TRIAL = Duration.ofSeconds(10);

    private final BundleContext context;
    private final FormatRegistry registry;
    private final PlatterDiskManager manager;
    private final FormatStore store;

    /** Called by the framework. */
    @Activate
    public BundleFormatInstaller(
            BundleContext context, @Reference FormatRegistry registry, @Reference PlatterDiskManager manager) {
        this.context = context;
        this.registry = registry;
        this.manager = manager;
        store = new FormatStore(context);
    }

    @Override
    public synchronized Installation install(URI jar) throws DiskException {
        StagedJar staged = accepted(StagedJar.read(jar));
        start(staged);
        registry.release(staged.toString());
        manager.arrived(format(staged));
        store.keep(staged);
        return result(staged, "", 0, Duration.ZERO);
    }

    @Override
    public synchronized Installation upgrade(String name, URI jar) throws DiskException {
        return replace(name, accepted(StagedJar.read(jar)));
    }

    @Override
    public synchronized Installation rollback(String name) throws DiskException {
        return replace(name, store.previous(name));
    }

    private Installation replace(String name, StagedJar staged) throws DiskException {
        Format old = registry.get(name);
        if (!old.named(staged.format())) {
            throw new DiskException(
                    ErrorCode.BAD_TYPE, staged + " serves the format " + staged.format() + ", not " + name);
        }
        Bundle oldBundle = bundle(old);
        refuseWideRefresh(oldBundle);
        Bundle bundle = start(staged);
        Format fresh = format(staged);
        List<ChainLayer> moved = new ArrayList<>();
        try {
            Duration longest = handOver(old, fresh, moved);
            registry.release(staged.toString());
            Optional<byte[]> bytes = FormatStore.bytes(oldBundle);
            uninstall(oldBundle);
            if (bytes.isPresent()) {
                store.previous(name, bytes.get());
            }
            store.keep(staged);
            store.drop(oldBundle);
            return result(staged, old.version(), moved.size(), longest);
        } catch (DiskException | RuntimeException e) {
            throw undo(old, fresh, bundle, staged, e);
        }
    }

    /** The newcomer goes, what it has taken over goes back. */
    private DiskException undo(Format old, Format fresh, Bundle bundle, StagedJar staged, Exception cause)
            throws DiskException {
        DiskException shown =
                cause instanceof DiskException known ? known : new DiskException(ErrorCode.IO, cause.toString(), cause);
        try {
            handOver(fresh, old, new ArrayList<>());
        } catch (DiskException e) {
            shown.addSuppressed(e);
        }
        uninstall(bundle);
        registry.release(staged.toString());
        store.quarantine(staged.digest());
        return new DiskException(
                shown.code(),
                staged + " was removed, " + old.bundle() + " " + old.version() + " serves on: " + shown.getMessage(),
                shown);
    }

    private Duration handOver(Format from, Format to, List<ChainLayer> moved) throws DiskException {
        return manager.handOver(from, to, new ShadowCheck(to, TRIAL), layer -> {
            synchronized (moved) {
                moved.add(layer);
            }
        });
    }

    @Override
    public synchronized void remove(String name, Removal mode) throws DiskException {
        Format format = registry.get(name);
        List<String> open =
                manager.served(format).stream().map(ChainLayer::shown).toList();
        if (!open.isEmpty() && mode == Removal.IF_UNUSED) {
            throw new DiskException(
                    ErrorCode.BAD_STATE,
                    format.name() + " serves images that are open: " + String.join(", ", open)
                            + "; close them or use --force");
        }
        Bundle bundle = bundle(format);
        Optional<byte[]> bytes = FormatStore.bytes(bundle);
        uninstall(bundle);
        if (bytes.isPresent()) {
            store.previous(name, bytes.get());
        }
        store.drop(bundle);
    }

    @Override
    public List<String> quarantine() {
        return store.quarantine();
    }

    private StagedJar accepted(StagedJar staged) throws DiskException {
        if (store.quarantine().contains(staged.digest())) {
            throw new DiskException(ErrorCode.DENIED, staged + " failed before and is not taken again");
        }
        for (Bundle bundle : context.getBundles()) {
            if (staged.bundle().equals(bundle.getSymbolicName())
                    && staged.version().equals(bundle.getVersion())) {
                throw new DiskException(ErrorCode.EXISTS, staged + " is installed already");
            }
        }
        return staged;
    }

    /** Installs and starts a bundle whose format serves nobody yet. */
    private Bundle start(StagedJar staged) throws DiskException {
        Bundle bundle;
        try {
            bundle = context.installBundle("platter-format:" + staged.digest(), staged.stream());
        } catch (BundleException e) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, staged + " cannot be installed: " + e.getMessage());
        }
        registry.hold(staged.toString());
        try {
            bundle.start();
            format(staged);
            return bundle;
        } catch (BundleException | DiskException e) {
            uninstall(bundle);
            registry.release(staged.toString());
            store.quarantine(staged.digest());
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED, staged + " does not serve and was removed: " + e.getMessage());
        }
    }

    private Format format(StagedJar staged) throws DiskException {
        return registry.of(staged.toString(), staged.format())
                .orElseThrow(() -> new DiskException(
                        ErrorCode.NOT_SUPPORTED,
                        staged + " started, but no service of the format " + staged.format() + " appeared"));
    }

    private Bundle bundle(Format format) throws DiskException {
        for (Bundle bundle : context.getBundles()) {
            if (format.bundle().equals(bundle.getSymbolicName())
                    && format.version().equals(bundle.getVersion().toString())) {
                return bundle;
            }
        }
        throw new DiskException(ErrorCode.NOT_FOUND, "the bundle " + format.bundle() + " is not installed");
    }

    private void refuseWideRefresh(Bundle bundle) throws DiskException {
        FrameworkWiring wiring = context.getBundle(0).adapt(FrameworkWiring.class);
        List<String> others = wiring.getDependencyClosure(Set.of(bundle)).stream()
                .filter(other -> !other.equals(bundle))
                .map(Bundle::getSymbolicName)
                .toList();
        if (!others.isEmpty()) {
            throw new DiskException(
                    ErrorCode.BAD_STATE, "replacing " + bundle.getSymbolicName() + " would restart " + others);
        }
    }

    private static void uninstall(Bundle bundle) throws DiskException {
        try {
            bundle.uninstall();
        } catch (BundleException e) {
            throw new DiskException(ErrorCode.IO, bundle + " cannot be removed: " + e.getMessage());
        }
    }

    private static Installation result(StagedJar staged, String replaced, int images, Duration pause) {
        return new Installation(
                staged.format(),
                staged.bundle(),
                staged.version().toString(),
                replaced,
                staged.digest(),
                images,
                pause);
    }
}
