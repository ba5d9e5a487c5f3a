// SPDX-License-Identifier: Apache-2.0
package org.platter.error;

import java.io.IOException;
import java.util.Objects;

/**
 * A failure of the environment or of the data, never of the caller's code. The message is one sentence with the values
 * in it. Match on {@link #code()}; there are no subclasses. A cause never has a type of a format's class loader.
 */
public final class DiskException extends IOException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    /** A failure with a reason and a sentence that names field, value and place. */
    public DiskException(ErrorCode code, String message) {
        super(Objects.requireNonNull(message));
        this.code = Objects.requireNonNull(code);
    }

    /** The same with the exception that led to it. */
    public DiskException(ErrorCode code, String message, Throwable cause) {
        super(Objects.requireNonNull(message), cause);
        this.code = Objects.requireNonNull(code);
    }

    /** The stable reason. */
    public ErrorCode code() {
        return code;
    }

    /** The same failure with where it happened put in front: {@code "d.vdi: VDI header: …"}. */
    public DiskException at(String place) {
        DiskException placed = new DiskException(code, place + ": " + getMessage(), getCause());
        placed.setStackTrace(getStackTrace());
        return placed;
    }
}
