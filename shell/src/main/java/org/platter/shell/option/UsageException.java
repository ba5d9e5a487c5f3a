// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.option;

/** What the user wrote cannot be understood. The message is one line without a full stop. */
public final class UsageException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** Wrong usage, in words. */
    public UsageException(String message) {
        super(message);
    }
}
