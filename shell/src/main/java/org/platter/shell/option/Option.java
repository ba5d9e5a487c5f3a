// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.option;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One option of a command: its declaration and, once the command line is read, its values.
 *
 * @param <T> what a value is
 */
public final class Option<T> {
    private final List<String> names;
    private final String label;
    private final Reader<T> reader;
    private final String text;
    private final boolean repeatable;
    private final String choice;
    private final List<T> values = new ArrayList<>();

    Option(String names, String label, Reader<T> reader, String text, boolean repeatable) {
        this(names, label, reader, text, repeatable, "");
    }

    /** With a value that may stand behind {@code =} though the option wants none; empty: there is no such value. */
    Option(String names, String label, Reader<T> reader, String text, boolean repeatable, String choice) {
        this.choice = choice;
        this.names = List.of(names.split(" "));
        this.label = label;
        this.reader = reader;
        this.text = text;
        this.repeatable = repeatable;
    }

    /** Its names with dashes, the short one first. */
    public List<String> names() {
        return names;
    }

    /** What its value is called, or empty if it takes none. */
    public String label() {
        return label;
    }

    /** What it does, for people. */
    public String text() {
        return text;
    }

    /** True if it may be given more than once. */
    public boolean repeatable() {
        return repeatable;
    }

    /** True if it was given. */
    public boolean given() {
        return !values.isEmpty();
    }

    /** Its value, if given. */
    public Optional<T> value() {
        return values.stream().findFirst();
    }

    /** All its values in the order given. */
    public List<T> values() {
        return List.copyOf(values);
    }

    /** The value that may stand behind {@code =}; empty if there is none. */
    String choice() {
        return choice;
    }

    boolean flag() {
        return label.isEmpty();
    }

    void accept(String word) {
        if (given() && !repeatable) {
            throw new UsageException("option " + names.get(names.size() - 1) + " is given twice");
        }
        try {
            values.add(reader.read(word));
        } catch (IllegalArgumentException e) {
            throw new UsageException(names.get(names.size() - 1) + ": " + e.getMessage());
        }
    }
}
