// SPDX-License-Identifier: Apache-2.0
package org.platter.disk;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Where {@link VirtualDisk#copy} puts the data. Immutable.
 *
 * @param target the disk that gets the data
 * @param image the image to make for it: a base if the target is empty, else a differencing image on top; empty: the data
 *     goes into the target's last image
 * @param length how much to copy from the front, bytes; empty: all. A new base gets the size of {@code image}, else this
 * @param replaces true if {@code image} takes the place of an image that is there, in one step when it is complete
 */
public record CopyRequest(VirtualDisk target, Optional<CreateRequest> image, OptionalLong length, boolean replaces) {
    /** Refuses null. */
    public CopyRequest {
        Objects.requireNonNull(target);
        Objects.requireNonNull(image);
        Objects.requireNonNull(length);
    }

    /** All data into a new image. */
    public static CopyRequest into(VirtualDisk target, CreateRequest image) {
        return new CopyRequest(target, Optional.of(image), OptionalLong.empty(), false);
    }

    /** As much as fits into the target's last image. */
    public static CopyRequest into(VirtualDisk target) {
        return new CopyRequest(target, Optional.empty(), OptionalLong.empty(), false);
    }

    /** The same, but no more than so many bytes from the front; what lies behind is cut off knowingly. */
    public CopyRequest upTo(long bytes) {
        return new CopyRequest(target, image, OptionalLong.of(bytes), replaces);
    }

    /** The same, in the place of the image that is there. */
    public CopyRequest replacing() {
        return new CopyRequest(target, image, length, true);
    }
}
