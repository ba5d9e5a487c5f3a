// SPDX-License-Identifier: Apache-2.0
package org.platter.shell;

import org.platter.shell.command.Console;

/** Runs lines from standard input; a service that is there if Gogo is. */
public interface Script {
    /** Runs all lines, up to the first that fails, and answers the exit status. */
    int run(Console console);
}
