// SPDX-License-Identifier: Apache-2.0
/**
 * The entry point of the launcher and what runs a command line: finds the command, reads its options, runs it, prints
 * what it found, and turns failures into one line and an exit status. Uses every other package of the shell but the one
 * for Gogo. Components are safe for use by many threads.
 */
package org.platter.shell;
