// SPDX-License-Identifier: Apache-2.0
package org.platter.container.catalogue;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.jar.Attributes;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;
import org.osgi.resource.Capability;
import org.platter.container.format.Locations;
import org.platter.format.DiskFormat;
import org.platter.install.Available;
import org.platter.storage.Storage;

/**
 * A format or storage that a jar would bring, as the jar or an index says.
 *
 * @param kind what it is
 * @param name the format's name; for a storage its first scheme
 * @param known by what images and locations it is known
 * @param bundle symbolic name of the bundle
 * @param version the bundle's version
 * @param origin where it comes from
 */
public record Offer(Available.Kind kind, String name, Marks known, String bundle, Version version, Origin origin) {
    /** Namespace of the capability by which a bundle declares a storage: attribute {@code schemes}. */
    public static final String STORAGE = "platter.storage";

    /** By what images and locations a format or storage is known. */
    record Marks(List<String> extensions, List<String> schemes, List<Signature> signatures) {
        static Marks of(List<String> extensions, List<String> schemes, List<String> signatures) {
            return new Marks(
                    extensions,
                    schemes,
                    signatures.stream()
                            .map(Signature::parse)
                            .flatMap(Optional::stream)
                            .toList());
        }
    }

    /**
     * Where a jar comes from.
     *
     * @param jar its place
     * @param source the folder or index that names it
     * @param resource what the index says, or empty if the jar was seen itself
     */
    public record Origin(URI jar, URI source, Optional<IndexedResource> resource) {}

    /** True if it comes with the product, not from a repository. */
    public boolean ours() {
        return origin.resource().isEmpty();
    }

    /** True if it goes by that name. */
    public boolean named(String other) {
        return name.equalsIgnoreCase(other)
                || kind == Available.Kind.STORAGE && known.schemes().contains(other.toLowerCase(Locale.ROOT));
    }

    /** True if it opens locations of that scheme. */
    public boolean opens(String scheme) {
        return known.schemes().contains(scheme);
    }

    /** True if files of that name are usually of this format. */
    public boolean suits(String fileName) {
        String lower = fileName.toLowerCase(Locale.ROOT);
        return kind == Available.Kind.FORMAT
                && known.extensions().stream().anyMatch(extension -> lower.endsWith("." + extension));
    }

    /** True if the bytes bear one of its signatures. */
    public boolean marks(Storage storage) throws IOException {
        for (Signature signature : known.signatures()) {
            if (signature.matches(storage)) {
                return true;
            }
        }
        return false;
    }

    /** The same for users. */
    public Available available(boolean installed) {
        String source = Locations.show(origin.source());
        return new Available(name, kind, bundle, version.toString(), source, installed);
    }

    /** What the manifest of a jar offers. */
    static List<Offer> of(Attributes manifest, Origin origin) {
        List<Offer> offers = new ArrayList<>();
        Optional<String> bundle = Declared.bundle(manifest);
        Version version;
        try {
            version = Version.parseVersion(manifest.getValue(Constants.BUNDLE_VERSION));
        } catch (IllegalArgumentException e) {
            return offers;
        }
        if (bundle.isEmpty()) {
            return offers;
        }
        for (Clauses.Clause clause : Clauses.of(manifest.getValue(Constants.PROVIDE_CAPABILITY))) {
            offer(clause.name(), clause::texts, bundle.get(), version, origin).ifPresent(offers::add);
        }
        return offers;
    }

    /** What a resource of an index offers. */
    static List<Offer> of(IndexedResource resource) {
        List<Offer> offers = new ArrayList<>();
        Origin origin = new Origin(resource.content(), resource.index(), Optional.of(resource));
        for (Capability capability : resource.getCapabilities(null)) {
            Map<String, Object> attributes = capability.getAttributes();
            offer(
                            capability.getNamespace(),
                            key -> texts(attributes.get(key)),
                            resource.bundle(),
                            resource.version(),
                            origin)
                    .ifPresent(offers::add);
        }
        return offers;
    }

    private static List<String> texts(Object value) {
        return value instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : value == null ? List.of() : List.of(value.toString());
    }

    private interface Texts {
        List<String> of(String key);
    }

    private static Optional<Offer> offer(
            String namespace, Texts attributes, String bundle, Version version, Origin origin) {
        List<String> schemes = attributes.of("schemes");
        if (namespace.equals(DiskFormat.NAMESPACE) && !attributes.of("name").isEmpty()) {
            Marks marks = Marks.of(attributes.of("extensions"), schemes, attributes.of("signatures"));
            String name = attributes.of("name").get(0);
            return Optional.of(new Offer(Available.Kind.FORMAT, name, marks, bundle, version, origin));
        }
        if (namespace.equals(STORAGE) && !schemes.isEmpty()) {
            Marks marks = Marks.of(List.of(), schemes, List.of());
            return Optional.of(new Offer(Available.Kind.STORAGE, schemes.get(0), marks, bundle, version, origin));
        }
        return Optional.empty();
    }
}
