// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.option;

import java.util.Optional;

/**
 * One argument of a command, known by its place: its declaration and, once the command line is read, its value.
 *
 * @param <T> what the value is
 */
public final class Argument<T> {
    private final String label;
    private final Reader<T> reader;
    private final String text;
    private final boolean required;
    private T value;

    Argument(String label, Reader<T> reader, String text, boolean required) {
        this.label = label;
        this.reader = reader;
        this.text = text;
        this.required = required;
    }

    /** What it is called. */
    public String label() {
        return label;
    }

    /** What it means, for people. */
    public String text() {
        return text;
    }

    /** True if it must be given. */
    public boolean required() {
        return required;
    }

    /** Its value; only for arguments that must be given. */
    public T get() {
        return value().orElseThrow();
    }

    /** Its value, if given. */
    public Optional<T> value() {
        return Optional.ofNullable(value);
    }

    void accept(String word) {
        try {
            value = reader.read(word);
        } catch (IllegalArgumentException e) {
            throw new UsageException(label + ": " + e.getMessage());
        }
    }
}
