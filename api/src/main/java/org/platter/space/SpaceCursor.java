// SPDX-License-Identifier: Apache-2.0
package org.platter.space;

import java.io.IOException;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/** Ranges one after the other, ascending, without overlaps; in memory that does not depend on their number. */
@ConsumerType
@FunctionalInterface
public interface SpaceCursor {
    /** The next range, or nothing after the last. */
    Optional<SpaceRange> next() throws IOException;
}
