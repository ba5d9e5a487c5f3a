// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.option;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.platter.config.Suggestion;

/**
 * The options and arguments of one command. Options may stand anywhere, {@code --} ends them; values follow as the next
 * word, after {@code =}, or right behind a short name.
 */
public final class Syntax {
    private final String name;
    private final String summary;
    private final String example;
    private final List<Option<?>> options = new ArrayList<>();
    private final List<Argument<?>> arguments = new ArrayList<>();
    private final Option<Boolean> help;
    private int common;

    /** The syntax of the command of that name; summary and example are for people, one line each. */
    public Syntax(String name, String summary, String example) {
        this.name = name;
        this.summary = summary;
        this.example = example;
        this.help = flag("-h --help", "print this");
    }

    /** Says that the options so far are those of every command, which help shows last. */
    public void endOfCommonOptions() {
        common = options.size();
    }

    /** Declares an option without value. */
    public Option<Boolean> flag(String names, String text) {
        return add(new Option<>(names, "", word -> true, text, true));
    }

    /** Declares an option that may be given alone, which reads as an empty word, or with one value behind {@code =}. */
    public Option<String> flagOr(String names, String choice, String text) {
        return add(new Option<>(names, "", word -> word, text, false, choice));
    }

    /** Declares an option with a value; names are separated by a blank. */
    public <T> Option<T> option(String names, String label, Reader<T> reader, String text) {
        return add(new Option<>(names, label, reader, text, false));
    }

    /** Declares an option with a value that may be given many times. */
    public <T> Option<T> options(String names, String label, Reader<T> reader, String text) {
        return add(new Option<>(names, label, reader, text, true));
    }

    /** Declares the next argument. */
    public <T> Argument<T> argument(String label, Reader<T> reader, String text) {
        return add(new Argument<>(label, reader, text, true));
    }

    /** Declares the last argument, which may be left out. */
    public <T> Argument<T> optional(String label, Reader<T> reader, String text) {
        return add(new Argument<>(label, reader, text, false));
    }

    /** The command's name. */
    public String name() {
        return name;
    }

    /** What the command does. */
    public String summary() {
        return summary;
    }

    /** How it may be called. */
    public String example() {
        return example;
    }

    /** All options in the order in which people should see them. */
    public List<Option<?>> options() {
        List<Option<?>> ordered = new ArrayList<>(options.subList(common, options.size()));
        ordered.addAll(options.subList(0, common));
        return ordered;
    }

    /** All arguments in their order. */
    public List<Argument<?>> arguments() {
        return Collections.unmodifiableList(arguments);
    }

    /** True if the user asked for help. */
    public boolean helpWanted() {
        return help.given();
    }

    /**
     * Reads the words behind the command's name into the options and arguments.
     *
     * @throws UsageException if they do not fit; missing arguments are no fault where help is asked for
     */
    public void read(List<String> words) {
        List<String> plain = new ArrayList<>();
        boolean literal = false;
        for (Iterator<String> rest = words.iterator(); rest.hasNext(); ) {
            String word = rest.next();
            if (literal || word.equals("-") || !word.startsWith("-")) {
                plain.add(word);
            } else if (word.equals("--")) {
                literal = true;
            } else {
                readOption(word, rest);
            }
        }
        if (!helpWanted()) {
            readArguments(plain);
        }
    }

    /** The option of that name, as far as it is known; {@code word} may carry a value. */
    public java.util.Optional<Option<?>> find(String word) {
        String wanted = nameIn(word);
        return options.stream().filter(o -> o.names().contains(wanted)).findFirst();
    }

    private void readOption(String word, Iterator<String> rest) {
        Option<?> option = find(word).orElseThrow(() -> unknown(nameIn(word)));
        String found = nameIn(word);
        String value = word.substring(found.length());
        if (option.flag()) {
            boolean chosen = !option.choice().isEmpty() && value.equals("=" + option.choice());
            if (!value.isEmpty() && !chosen) {
                throw new UsageException("option " + found + " takes no value"
                        + (option.choice().isEmpty() ? "" : " but " + option.choice()));
            }
            option.accept(chosen ? option.choice() : "");
        } else if (value.isEmpty()) {
            if (!rest.hasNext()) {
                throw new UsageException("option " + found + " wants " + option.label());
            }
            option.accept(rest.next());
        } else {
            option.accept(value.startsWith("=") ? value.substring(1) : value);
        }
    }

    private void readArguments(List<String> words) {
        if (words.size() > arguments.size()) {
            throw new UsageException("'" + words.get(arguments.size()) + "' is one argument too many");
        }
        for (int i = 0; i < arguments.size(); i++) {
            Argument<?> argument = arguments.get(i);
            if (i < words.size()) {
                argument.accept(words.get(i));
            } else if (argument.required()) {
                throw new UsageException(argument.label() + " is missing");
            }
        }
    }

    private UsageException unknown(String word) {
        List<String> known = options.stream().flatMap(o -> o.names().stream()).toList();
        return new UsageException("unknown option " + word + Suggestion.of(word, known));
    }

    private static String nameIn(String word) {
        int equals = word.indexOf('=');
        if (word.startsWith("--")) {
            return equals < 0 ? word : word.substring(0, equals);
        }
        return word.substring(0, Math.min(2, word.length()));
    }

    private <T> Option<T> add(Option<T> option) {
        options.add(option);
        return option;
    }

    private <T> Argument<T> add(Argument<T> argument) {
        arguments.add(argument);
        return argument;
    }
}
