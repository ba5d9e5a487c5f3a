// SPDX-License-Identifier: Apache-2.0
package org.platter.discovery;

import java.util.List;
import java.util.Objects;

/**
 * A target that was found.
 *
 * @param name as the target spells it, control characters replaced
 * @param portals where it can be reached, as host and port
 * @param units its logical units, as far as it shows them
 * @param problem why there are no units, or empty
 */
public record Target(String name, List<String> portals, List<TargetUnit> units, String problem) {
    /** Copies the lists. */
    public Target {
        Objects.requireNonNull(name);
        Objects.requireNonNull(problem);
        portals = List.copyOf(portals);
        units = List.copyOf(units);
    }
}
