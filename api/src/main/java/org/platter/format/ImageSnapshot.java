// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

import java.time.Instant;
import java.util.Objects;

/**
 * A state of the disk that is stored inside an image, beside the present one. Immutable.
 *
 * @param id identifies it in the image
 * @param name for people; may be empty
 * @param created when it was made
 * @param size bytes of the disk then
 */
public record ImageSnapshot(String id, String name, Instant created, long size) {
    /** Refuses null. */
    public ImageSnapshot {
        Objects.requireNonNull(id);
        Objects.requireNonNull(name);
        Objects.requireNonNull(created);
    }
}
