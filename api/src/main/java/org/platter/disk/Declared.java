// SPDX-License-Identifier: Apache-2.0
package org.platter.disk;

import java.util.Objects;
import java.util.Optional;

/**
 * A disk that a configuration declares, as it is at the moment. Immutable.
 *
 * @param name the disk's name
 * @param location where its last image is, as the configuration says, without secrets; may be empty
 * @param state whether the disk is there
 * @param reason why it is not, in one sentence; empty if it is attached
 */
public record Declared(String name, String location, State state, Optional<String> reason) {
    /** What has become of a declaration. */
    public enum State {
        /** The disk is open, for writing unless its declaration says otherwise. */
        ATTACHED,
        /** It could not be opened as declared; that is tried again by itself. */
        WAITING,
        /** The declaration itself is wrong, and has to be changed. */
        FAILED,
        /** Somebody has closed the disk; it comes back when its configuration is stored again. */
        CLOSED
    }

    /** Refuses null. */
    public Declared {
        Objects.requireNonNull(name);
        Objects.requireNonNull(location);
        Objects.requireNonNull(state);
        Objects.requireNonNull(reason);
    }
}
