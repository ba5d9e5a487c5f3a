// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.print;

import java.io.IOException;

/** Standard output takes no more. */
public final class OutputException extends IOException {
    private static final long serialVersionUID = 1L;

    OutputException(IOException cause) {
        super("cannot write standard output: " + cause.getMessage(), cause);
    }

    /** True if there is no room for more. */
    public boolean full() {
        return String.valueOf(getCause().getMessage()).contains("No space left");
    }

    /** True if its reader has gone away, which is the reader's right. */
    public boolean closed() {
        String reason = String.valueOf(getCause().getMessage());
        return reason.contains("Broken pipe") || reason.contains("pipe is being closed");
    }
}
