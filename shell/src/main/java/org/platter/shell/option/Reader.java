// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.option;

/**
 * Reads one word of a command line.
 *
 * @param <T> what the word stands for
 */
@FunctionalInterface
public interface Reader<T> {
    /** The value of the word; an {@link IllegalArgumentException} says in words what is wrong with it. */
    T read(String word);
}
