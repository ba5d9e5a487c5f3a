// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems.layout;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** The text in which LVM writes down a group: sections in braces, values that are numbers, texts or lists of both. */
final class LvmText {
    private static final int MOST_DEPTH = 16;

    private final String text;
    private int at;

    private LvmText(String text) {
        this.text = text;
    }

    /** A section: its values and the sections in it, by name, in order. */
    record Section(Map<String, List<String>> values, Map<String, Section> sections) {
        Section() {
            this(new LinkedHashMap<>(), new LinkedHashMap<>());
        }

        Optional<String> value(String name) {
            return values.getOrDefault(name, List.of()).stream().findFirst();
        }

        long number(String name) throws DiskException {
            String value = value(name).orElse("");
            if (!value.matches("[0-9]{1,15}")) {
                throw bad(name + " '" + value.substring(0, Math.min(value.length(), 40)) + "' is no number");
            }
            return Long.parseLong(value);
        }

        Section section(String name) throws DiskException {
            Section section = sections.get(name);
            if (section == null) {
                throw bad("section " + name + " is missing");
            }
            return section;
        }
    }

    static Section parse(String text) throws DiskException {
        return new LvmText(text).run();
    }

    private static DiskException bad(String what) {
        return new DiskException(ErrorCode.CORRUPT, "LVM: " + what);
    }

    private Section run() throws DiskException {
        ArrayDeque<Section> open = new ArrayDeque<>(List.of(new Section()));
        for (String word = word(); !word.isEmpty(); word = word()) {
            if (word.equals("}")) {
                open.pop();
                require(!open.isEmpty(), "a brace too many at " + at);
                continue;
            }
            require(
                    Character.isLetterOrDigit(word.charAt(0)) || "_.+-".indexOf(word.charAt(0)) >= 0,
                    "no name at " + at);
            String follows = word();
            if (follows.equals("{")) {
                Section section = new Section();
                require(open.size() < MOST_DEPTH, "sections " + open.size() + " deep at " + at);
                require(open.element().sections().put(word, section) == null, "section " + word + " twice");
                open.push(section);
            } else {
                require(follows.equals("="), "neither '{' nor '=' after " + word.length() + " characters at " + at);
                open.element().values().put(word, values());
            }
        }
        require(open.size() == 1, "the text ends in a section");
        return open.element();
    }

    private List<String> values() throws DiskException {
        String word = word();
        if (!word.equals("[")) {
            return List.of(plain(word));
        }
        List<String> list = new ArrayList<>();
        for (word = word(); !word.equals("]"); word = word()) {
            require(!word.isEmpty(), "the text ends in a list");
            if (!word.equals(",")) {
                list.add(plain(word));
            }
        }
        return list;
    }

    private static String plain(String word) {
        return word.startsWith("\"") ? word.substring(1, word.length() - 1) : word;
    }

    /** The next sign, text in its quotes, or word; empty at the end. */
    private String word() throws DiskException {
        skip();
        if (at == text.length()) {
            return "";
        }
        int start = at++;
        char c = text.charAt(start);
        if (c == '"') {
            while (at < text.length() && text.charAt(at) != '"') {
                at += text.charAt(at) == '\\' ? 2 : 1;
            }
            require(at < text.length(), "the text ends in quotes");
            at++;
        } else if ("{}[]=,".indexOf(c) < 0) {
            while (at < text.length() && " \t\r\n{}[]=,#\"".indexOf(text.charAt(at)) < 0) {
                at++;
            }
        }
        return text.substring(start, at);
    }

    private void skip() {
        while (at < text.length() && (text.charAt(at) <= ' ' || text.charAt(at) == '#')) {
            if (text.charAt(at) == '#') {
                while (at < text.length() && text.charAt(at) != '\n') {
                    at++;
                }
            } else {
                at++;
            }
        }
    }

    private static void require(boolean holds, String otherwise) throws DiskException {
        if (!holds) {
            throw bad(otherwise);
        }
    }
}
