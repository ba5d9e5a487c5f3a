// SPDX-License-Identifier: Apache-2.0
package org.platter.disk;

import java.util.List;
import java.util.Set;
import org.platter.config.ConfigSchema;
import org.platter.format.Capability;

/**
 * A format that is installed now. Source: the seed's VDBACKENDINFO.
 *
 * @param name compared without case
 * @param bundle symbolic name of the bundle that serves it
 * @param version that bundle's version
 * @param ranking its service ranking
 * @param capabilities what the format can do
 * @param extensions file extensions without dot, the preferred first
 * @param schemes URI schemes that the format opens itself
 * @param schema its config keys
 * @param openImages how many images are open through it now
 */
public record FormatInfo(
        String name,
        String bundle,
        String version,
        int ranking,
        Set<Capability> capabilities,
        List<String> extensions,
        List<String> schemes,
        ConfigSchema schema,
        int openImages) {

    /** Copies the collections. */
    public FormatInfo {
        capabilities = Set.copyOf(capabilities);
        extensions = List.copyOf(extensions);
        schemes = List.copyOf(schemes);
    }
}
