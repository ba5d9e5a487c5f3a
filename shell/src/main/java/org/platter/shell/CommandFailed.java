// SPDX-License-Identifier: Apache-2.0
package org.platter.shell;

/** A failed command, for callers that want an exception. It shows as one line. */
public final class CommandFailed extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    CommandFailed(Failure failure) {
        super(failure.line(), failure.cause());
        status = failure.status();
    }

    /** The exit status. */
    public int status() {
        return status;
    }

    @Override
    public String toString() {
        return getMessage();
    }
}
