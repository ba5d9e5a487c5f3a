// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.command;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.platter.shell.option.UsageException;
import org.platter.shell.print.Output;

/**
 * What a command is connected with.
 *
 * @param in standard input
 * @param out standard output
 * @param err standard error
 * @param directory where relative paths start
 * @param columns width of the terminal that standard error is, or 0 if it is none
 * @param lasting true if open disks and jobs outlive the command
 */
public record Console(InputStream in, Output out, PrintStream err, Path directory, int columns, boolean lasting) {
    /** The path of a file; relative ones start in the directory. */
    public static Path path(String word, Path directory) {
        if (word.isEmpty()) {
            throw new UsageException("an empty name is no location");
        }
        try {
            return directory.resolve(word);
        } catch (InvalidPathException e) {
            throw new UsageException("'" + word + "' is no path: " + e.getReason());
        }
    }
}
