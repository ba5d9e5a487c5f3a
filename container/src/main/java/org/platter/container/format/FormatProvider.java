// SPDX-License-Identifier: Apache-2.0
package org.platter.container.format;

import java.util.List;
import java.util.Set;
import org.platter.config.ConfigSchema;
import org.platter.format.Capability;
import org.platter.format.FormatBackend;

/**
 * One provider of a format: what its bundle declares, and its backend. Compared by identity: a swapped bundle gives
 * another one.
 *
 * @see Platform
 */
public record FormatProvider(
        String name,
        String bundle,
        String version,
        int ranking,
        Set<Capability> capabilities,
        List<String> extensions,
        List<String> schemes,
        List<String> signatures,
        FormatBackend backend) {

    /** True if it goes by that name. */
    public boolean named(String other) {
        return name.equalsIgnoreCase(other);
    }

    /** True if it can do this. */
    public boolean can(Capability capability) {
        return capabilities.contains(capability);
    }

    /** Its config keys; none once its bundle has left. */
    public ConfigSchema schema() {
        return backend == null ? ConfigSchema.EMPTY : backend.schema();
    }

    /** What is left to say when its bundle has left. */
    public FormatProvider departed() {
        return new FormatProvider(name, bundle, version, ranking, capabilities, extensions, schemes, signatures, null);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FormatProvider format && format.backend == backend;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(backend);
    }
}
