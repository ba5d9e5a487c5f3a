// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.disk;

/** Told the end of a call, exactly once, on any thread. */
@FunctionalInterface
public interface Completion {
    /** The call has ended: well if {@code failure} is null. */
    void completed(Throwable failure);
}
