// SPDX-License-Identifier: Apache-2.0
package org.platter.discovery;

import java.net.URI;
import java.util.Objects;

/**
 * A logical unit that was found.
 *
 * @param number as in a location
 * @param location where to open it; never with an account
 * @param product what it says it is, may be empty
 * @param size bytes, or 0 if it is no disk or does not tell
 * @param blockSize bytes, or 0
 * @param problem why it cannot be opened, or empty
 */
public record TargetUnit(String number, URI location, String product, long size, int blockSize, String problem) {
    /** Refuses null. */
    public TargetUnit {
        Objects.requireNonNull(number);
        Objects.requireNonNull(location);
        Objects.requireNonNull(product);
        Objects.requireNonNull(problem);
    }
}
