// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.print;

import java.io.IOException;

/**
 * What a command found out. A record that implements this is printed as JSON by its components, in their order; what
 * has no value is {@code null}.
 */
public interface Result {
    /** Writes it for people. */
    void text(Text out) throws IOException;

    /** What JSON is made of: a record, a collection, a stream or a plain value. */
    default Object json() {
        return this;
    }

    /** The exit status that the answer means. */
    default int status() {
        return 0;
    }

    /** True if it is read from something that is only open while the command runs, so that it must be printed at once. */
    default boolean fleeting() {
        return false;
    }
}
