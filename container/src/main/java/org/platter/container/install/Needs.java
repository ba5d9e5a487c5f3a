// SPDX-License-Identifier: Apache-2.0
package org.platter.container.install;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.resource.Capability;
import org.osgi.resource.Requirement;
import org.osgi.resource.Resource;
import org.osgi.resource.Wiring;
import org.osgi.service.resolver.HostedCapability;
import org.osgi.service.resolver.ResolutionException;
import org.osgi.service.resolver.ResolveContext;
import org.osgi.service.resolver.Resolver;
import org.platter.container.catalogue.IndexedResource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * What a bundle needs besides what is installed: the framework's own resolver chooses among what indexes describe. What is
 * installed comes first, so that nothing is taken that is there already.
 */
final class Needs extends ResolveContext {
    private final Resource wanted;
    private final List<IndexedResource> offered;
    private final Map<Resource, Wiring> wirings = new HashMap<>();
    private final List<Resource> unresolved = new ArrayList<>();

    private Needs(BundleContext context, BundleRevision wanted, List<IndexedResource> offered) {
        this.wanted = wanted;
        this.offered = offered;
        for (Bundle bundle : context.getBundles()) {
            BundleWiring wiring = bundle.adapt(BundleWiring.class);
            BundleRevision revision = bundle.adapt(BundleRevision.class);
            if (wiring != null) {
                wirings.put(wiring.getRevision(), wiring);
            } else if (revision != null && !revision.equals(wanted)) {
                unresolved.add(revision);
            }
        }
    }

    /**
     * The bundles to install besides, in no order.
     *
     * @throws DiskException {@code NOT_SUPPORTED} if that would not do either
     */
    static List<IndexedResource> of(BundleContext context, Bundle bundle, List<IndexedResource> offered)
            throws DiskException {
        ServiceReference<Resolver> reference = context.getServiceReference(Resolver.class);
        Resolver resolver = reference == null ? null : context.getService(reference);
        if (resolver == null) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, bundle + " does not resolve by itself");
        }
        try {
            return resolver.resolve(new Needs(context, bundle.adapt(BundleRevision.class), offered)).keySet().stream()
                    .filter(IndexedResource.class::isInstance)
                    .map(IndexedResource.class::cast)
                    .toList();
        } catch (ResolutionException e) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, bundle + " does not resolve: " + e.getMessage());
        } finally {
            context.ungetService(reference);
        }
    }

    @Override
    public Collection<Resource> getMandatoryResources() {
        return Set.of(wanted);
    }

    @Override
    public List<Capability> findProviders(Requirement requirement) {
        String namespace = requirement.getNamespace();
        List<Capability> found = new ArrayList<>();
        for (Wiring wiring : wirings.values()) {
            add(requirement, wiring.getResourceCapabilities(namespace), found);
        }
        for (Resource resource : unresolved) {
            add(requirement, resource.getCapabilities(namespace), found);
        }
        add(requirement, wanted.getCapabilities(namespace), found);
        for (Resource resource : offered) {
            add(requirement, resource.getCapabilities(namespace), found);
        }
        return found;
    }

    private static void add(Requirement requirement, List<Capability> candidates, List<Capability> found) {
        candidates.stream().filter(one -> meets(one, requirement)).forEach(found::add);
    }

    /** As the framework's own rules have it: the filter, and attributes that a provider wants to be named. */
    private static boolean meets(Capability capability, Requirement requirement) {
        String filter = requirement.getDirectives().getOrDefault(Constants.FILTER_DIRECTIVE, "");
        String mandatory = capability.getDirectives().getOrDefault(Constants.MANDATORY_DIRECTIVE, "");
        boolean named = Arrays.stream(mandatory.split(","))
                .map(String::strip)
                .allMatch(name -> name.isEmpty() || filter.contains("(" + name));
        try {
            return named
                    && (filter.isEmpty() || FrameworkUtil.createFilter(filter).matches(capability.getAttributes()));
        } catch (InvalidSyntaxException e) {
            return false;
        }
    }

    @Override
    public int insertHostedCapability(List<Capability> capabilities, HostedCapability hosted) {
        capabilities.add(hosted);
        return capabilities.size() - 1;
    }

    @Override
    public boolean isEffective(Requirement requirement) {
        return requirement
                .getDirectives()
                .getOrDefault(Constants.EFFECTIVE_DIRECTIVE, Constants.EFFECTIVE_RESOLVE)
                .equals(Constants.EFFECTIVE_RESOLVE);
    }

    @Override
    public Map<Resource, Wiring> getWirings() {
        return wirings;
    }
}
