// SPDX-License-Identifier: Apache-2.0
package org.platter.disk;

import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What to open, and how. Immutable; start with {@link #of} and add.
 *
 * @param location where the image is
 * @param format its format, final if given; else the image is probed, then the file extension counts
 * @param flags how to open it
 * @param config values of the format's config keys
 * @param parents explicit parents, base first; empty: found by hint, then by UUID
 * @param search folders in which parents are looked for, besides the image's own
 * @param external true if the image may name files outside its folder, and devices
 */
public record OpenRequest(
        URI location,
        Optional<String> format,
        Set<OpenFlag> flags,
        Map<String, String> config,
        List<URI> parents,
        List<URI> search,
        boolean external) {

    /** Copies the collections. */
    public OpenRequest {
        Objects.requireNonNull(location);
        Objects.requireNonNull(format);
        flags = Set.copyOf(flags);
        config = Map.copyOf(config);
        parents = List.copyOf(parents);
        search = List.copyOf(search);
    }

    /** For reading and writing, format by probing, parents where they are found. */
    public static OpenRequest of(URI location) {
        return new OpenRequest(location, Optional.empty(), Set.of(), Map.of(), List.of(), List.of(), false);
    }

    /** The same in this format. */
    public OpenRequest withFormat(String name) {
        return new OpenRequest(location, Optional.of(name), flags, config, parents, search, external);
    }

    /** The same with these flags added. */
    public OpenRequest with(OpenFlag... more) {
        Set<OpenFlag> all = new HashSet<>(flags);
        all.addAll(List.of(more));
        return new OpenRequest(location, format, all, config, parents, search, external);
    }

    /** The same with exactly these flags. */
    public OpenRequest withFlags(Set<OpenFlag> only) {
        return new OpenRequest(location, format, only, config, parents, search, external);
    }

    /** The same with these config values. */
    public OpenRequest withConfig(Map<String, String> values) {
        return new OpenRequest(location, format, flags, values, parents, search, external);
    }

    /** The same with these parents, base first. */
    public OpenRequest withParents(List<URI> explicit) {
        return new OpenRequest(location, format, flags, config, explicit, search, external);
    }

    /** The same looking for parents in these folders too. */
    public OpenRequest withSearch(List<URI> folders) {
        return new OpenRequest(location, format, flags, config, parents, folders, external);
    }

    /** The same, allowed to name any file. */
    public OpenRequest allowingExternal() {
        return new OpenRequest(location, format, flags, config, parents, search, true);
    }
}
