// SPDX-License-Identifier: Apache-2.0
package org.platter.shell;

import org.platter.shell.command.Console;

/** Runs lines from standard input; a service that is there if Gogo is. */
public interface Script {
    /**
     * Runs all lines and answers the exit status.
     *
     * @param keepGoing false: up to the first line that fails; true: all, and the status is 1 if any has failed
     */
    int run(Console console, boolean keepGoing);
}
