// SPDX-License-Identifier: Apache-2.0
package org.platter.container.catalogue;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.Version;
import org.osgi.framework.namespace.IdentityNamespace;
import org.osgi.resource.Capability;
import org.osgi.resource.Requirement;
import org.osgi.resource.Resource;

/** A bundle that an index describes, as resolvers see it. Filled by its reader, then never changed. */
public final class IndexedResource implements Resource {
    private static final String CONTENT = "osgi.content"; // of the OSGi Repository specification: a digest, url, size

    private final URI index;
    private final List<Capability> capabilities = new ArrayList<>();
    private final List<Requirement> requirements = new ArrayList<>();

    IndexedResource(URI index) {
        this.index = index;
    }

    /** A capability or a requirement: the interfaces differ in nothing but their names. */
    private record Part(
            Resource resource, String namespace, Map<String, String> directives, Map<String, Object> attributes)
            implements Capability, Requirement {
        @Override
        public Resource getResource() {
            return resource;
        }

        @Override
        public String getNamespace() {
            return namespace;
        }

        @Override
        public Map<String, String> getDirectives() {
            return directives;
        }

        @Override
        public Map<String, Object> getAttributes() {
            return attributes;
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }

        @Override
        public String toString() {
            return namespace + attributes + directives;
        }
    }

    void provide(String namespace, Map<String, String> directives, Map<String, Object> attributes) {
        capabilities.add(new Part(this, namespace, Map.copyOf(directives), Map.copyOf(attributes)));
    }

    void require(String namespace, Map<String, String> directives, Map<String, Object> attributes) {
        requirements.add(new Part(this, namespace, Map.copyOf(directives), Map.copyOf(attributes)));
    }

    @Override
    public List<Capability> getCapabilities(String namespace) {
        return capabilities.stream()
                .filter(one -> namespace == null || one.getNamespace().equals(namespace))
                .toList();
    }

    @Override
    public List<Requirement> getRequirements(String namespace) {
        return requirements.stream()
                .filter(one -> namespace == null || one.getNamespace().equals(namespace))
                .toList();
    }

    private Optional<Object> attribute(String namespace, String name) {
        return getCapabilities(namespace).stream()
                .map(capability -> capability.getAttributes().get(name))
                .filter(value -> value != null)
                .findFirst();
    }

    /** Where the index is. */
    public URI index() {
        return index;
    }

    /** The symbolic name; empty if the index names none. */
    public String bundle() {
        return attribute(IdentityNamespace.IDENTITY_NAMESPACE, IdentityNamespace.IDENTITY_NAMESPACE)
                .map(String::valueOf)
                .orElse("");
    }

    /** The bundle's version. */
    public Version version() {
        return attribute(IdentityNamespace.IDENTITY_NAMESPACE, IdentityNamespace.CAPABILITY_VERSION_ATTRIBUTE)
                .filter(Version.class::isInstance)
                .map(Version.class::cast)
                .orElse(Version.emptyVersion);
    }

    /** True if it would become part of another bundle. */
    public boolean fragment() {
        return attribute(IdentityNamespace.IDENTITY_NAMESPACE, IdentityNamespace.CAPABILITY_TYPE_ATTRIBUTE)
                .filter(IdentityNamespace.TYPE_FRAGMENT::equals)
                .isPresent();
    }

    /** SHA-256 of its jar, hexadecimal; empty if the index does not say. */
    public String digest() {
        return attribute(CONTENT, CONTENT)
                .map(value -> value.toString().toLowerCase(Locale.ROOT))
                .orElse("");
    }

    /** Where its jar is; the index itself if it does not say. */
    public URI content() {
        return index.resolve(
                attribute(CONTENT, "url").map(String::valueOf).orElse("").replace(" ", "%20"));
    }

    @Override
    public String toString() {
        return bundle() + " " + version();
    }
}
