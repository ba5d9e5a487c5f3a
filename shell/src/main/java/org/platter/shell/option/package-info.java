// SPDX-License-Identifier: Apache-2.0
/**
 * What a command line may look like, as objects: a command declares its options and arguments as fields, the words are
 * read into them, and help and completion are made from the same declaration. No reflection, so that a single command
 * starts fast. Uses nothing. A syntax serves one command line on one thread.
 */
package org.platter.shell.option;
