// SPDX-License-Identifier: Apache-2.0
package org.platter.container.install;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Version;
import org.osgi.framework.wiring.FrameworkWiring;
import org.platter.container.catalogue.Fetch;
import org.platter.container.catalogue.IndexedResource;
import org.platter.container.catalogue.Known;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** The framework's bundles: what is there, what depends on what, and bringing what a newcomer needs. */
final class Bundles {
    /** Start of the location of a bundle that came along because a format needs it; its digest follows. */
    private static final String NEED = "platter-bundle:";

    private final BundleContext context;
    private final FrameworkWiring wiring;

    Bundles(BundleContext context) {
        this.context = context;
        wiring = context.getBundle(0).adapt(FrameworkWiring.class);
    }

    /** The bundle of that name and version. */
    Optional<Bundle> find(String name, Version version) {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> name.equals(bundle.getSymbolicName()) && version.equals(bundle.getVersion()))
                .findFirst();
    }

    /**
     * Nothing but the bundle itself would be refreshed.
     *
     * @throws DiskException {@code BAD_STATE} if others would be
     */
    void refuseWideRefresh(Bundle bundle, String what) throws DiskException {
        List<String> others = dependents(bundle);
        if (!others.isEmpty()) {
            throw new DiskException(
                    ErrorCode.BAD_STATE, what + " " + bundle.getSymbolicName() + " would restart " + others);
        }
    }

    private List<String> dependents(Bundle bundle) {
        return wiring.getDependencyClosure(Set.of(bundle)).stream()
                .filter(other -> !other.equals(bundle))
                .map(Bundle::getSymbolicName)
                .sorted()
                .toList();
    }

    /**
     * Installs what a bundle needs besides what is installed, if it needs anything; nothing of it is started. On failure
     * nothing stays.
     *
     * @throws DiskException {@code NOT_SUPPORTED} if it does not resolve even so; {@code BAD_STATE} if that would take
     *     other versions of what is installed, or fragments of it; {@code CORRUPT} if a jar is not what the index says
     */
    List<Bundle> needs(Bundle bundle, Known known) throws DiskException {
        List<Bundle> added = new ArrayList<>();
        if (wiring.resolveBundles(Set.of(bundle))) {
            return added;
        }
        List<IndexedResource> needs = Needs.of(context, bundle, known.resources());
        for (IndexedResource need : needs) {
            refuseReplacing(bundle, need);
        }
        try {
            for (IndexedResource need : needs) {
                byte[] jar = Fetch.verified(need);
                added.add(context.installBundle(NEED + need.digest(), new ByteArrayInputStream(jar)));
            }
            return added;
        } catch (BundleException e) {
            uninstall(added);
            throw new DiskException(ErrorCode.NOT_SUPPORTED, bundle + " needs a bundle that fails: " + e.getMessage());
        } catch (DiskException e) {
            uninstall(added);
            throw e;
        }
    }

    private void refuseReplacing(Bundle bundle, IndexedResource need) throws DiskException {
        if (need.fragment()) {
            throw new DiskException(
                    ErrorCode.BAD_STATE, bundle + " needs the fragment " + need + ", which would restart its host");
        }
        for (Bundle installed : context.getBundles()) {
            if (need.bundle().equals(installed.getSymbolicName())) {
                throw new DiskException(
                        ErrorCode.BAD_STATE,
                        bundle + " needs " + need + ", and replacing " + installed.getVersion() + " would restart "
                                + dependents(installed));
            }
        }
    }

    /** Uninstalls what can be uninstalled. */
    static void uninstall(Collection<Bundle> bundles) {
        for (Bundle bundle : bundles) {
            try {
                bundle.uninstall();
            } catch (BundleException | IllegalStateException e) {
                // it has left already, or nothing can be done for it
            }
        }
    }
}
