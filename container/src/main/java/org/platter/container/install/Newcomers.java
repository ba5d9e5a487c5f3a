// SPDX-License-Identifier: Apache-2.0
package org.platter.container.install;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.platter.container.FormatRegistry;
import org.platter.container.catalogue.Known;
import org.platter.container.format.FormatProvider;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** Installs and starts bundles whose formats serve nobody yet. Used by one thread at a time. */
final class Newcomers {
    /** What says nothing about the bundle itself, so that it may be taken another time. */
    private static final Set<ErrorCode> BLAMELESS =
            EnumSet.of(ErrorCode.IO, ErrorCode.CORRUPT, ErrorCode.BAD_STATE, ErrorCode.NOT_FOUND, ErrorCode.DENIED);

    private final BundleContext context;
    private final FormatRegistry registry;
    private final Known known;
    private final FormatStore store;

    Newcomers(BundleContext context, FormatRegistry registry, Known known, FormatStore store) {
        this.context = context;
        this.registry = registry;
        this.known = known;
        this.store = store;
    }

    /** The bundle with what it needs, started and held; on failure all is gone, and what is to blame is remembered. */
    Newcomer start(StagedJar staged) throws DiskException {
        Bundle bundle;
        try {
            bundle = Collisions.install(context, InstalledJar.LOCATION + staged.digest(), staged.stream());
        } catch (BundleException e) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, staged + " cannot be installed: " + e.getMessage());
        }
        registry.hold(bundle);
        inheritStartLevel(bundle);
        List<Bundle> added = new ArrayList<>(List.of(bundle));
        try {
            List<Bundle> needs = new Bundles(context).needs(bundle, known);
            added.addAll(needs);
            List<Newcomer.Need> along = new ArrayList<>();
            for (Bundle need : needs) {
                need.start();
                along.add(new Newcomer.Need(
                        StagedJar.of(InstalledJar.of(need).bytes(Optional.empty()), need.getLocation()), need));
            }
            bundle.start();
            return new Newcomer(staged, bundle, along, formats(staged, bundle));
        } catch (BundleException | DiskException e) {
            Bundles.uninstall(added);
            registry.release(bundle);
            if (e instanceof DiskException disk && BLAMELESS.contains(disk.code())) {
                throw disk;
            }
            store.quarantine(staged.digest());
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED, staged + " does not serve and was removed: " + e.getMessage());
        }
    }

    /** It starts and stops when that does whose place it takes. */
    private void inheritStartLevel(Bundle bundle) {
        for (Bundle other : context.getBundles()) {
            if (other != bundle && bundle.getSymbolicName().equals(other.getSymbolicName())) {
                bundle.adapt(BundleStartLevel.class)
                        .setStartLevel(other.adapt(BundleStartLevel.class).getStartLevel());
                return;
            }
        }
    }

    private List<FormatProvider> formats(StagedJar staged, Bundle bundle) throws DiskException {
        List<FormatProvider> formats = registry.of(bundle);
        for (String name : staged.declared().formats()) {
            if (formats.stream().noneMatch(format -> format.named(name))) {
                throw new DiskException(
                        ErrorCode.NOT_SUPPORTED,
                        staged + " started, but no service of the format " + name + " appeared");
            }
        }
        for (String scheme : staged.declared().schemes()) {
            if (!registry.opens(scheme)) {
                throw new DiskException(
                        ErrorCode.NOT_SUPPORTED,
                        staged + " started, but no storage for " + scheme + ": locations appeared");
            }
        }
        return formats;
    }
}
