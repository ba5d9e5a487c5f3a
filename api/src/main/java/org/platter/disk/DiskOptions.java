// SPDX-License-Identifier: Apache-2.0
package org.platter.disk;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * What holds for a disk; all but the timeout, which declared disks may change, for as long as it lives. Immutable.
 *
 * @param name for people, in messages and events; may be empty
 * @param swapTimeout how long requests wait while nobody serves the format of an image
 * @param listener told of every access, if any
 */
public record DiskOptions(String name, Duration swapTimeout, Optional<AccessListener> listener) {
    /** No name, 30 seconds, no listener. */
    public static final DiskOptions DEFAULT = new DiskOptions("", Duration.ofSeconds(30), Optional.empty());

    /** Refuses null and negative time. */
    public DiskOptions {
        Objects.requireNonNull(name);
        Objects.requireNonNull(listener);
        if (swapTimeout.isNegative()) {
            throw new IllegalArgumentException("negative timeout " + swapTimeout);
        }
    }

    /** The same with this name. */
    public DiskOptions withName(String text) {
        return new DiskOptions(text, swapTimeout, listener);
    }

    /** The same with this timeout. */
    public DiskOptions withSwapTimeout(Duration time) {
        return new DiskOptions(name, time, listener);
    }

    /** The same telling this listener. */
    public DiskOptions withListener(AccessListener told) {
        return new DiskOptions(name, swapTimeout, Optional.of(told));
    }
}
