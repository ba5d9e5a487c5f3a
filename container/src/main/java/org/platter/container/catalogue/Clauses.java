// SPDX-License-Identifier: Apache-2.0
package org.platter.container.catalogue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Clauses of a manifest header such as {@code Provide-Capability}: {@code name;key=value;key:Type="value",name;…}. What
 * does not follow the grammar gives clauses that miss something, never an exception.
 */
final class Clauses {
    private final String header;
    private int position;

    private Clauses(String header) {
        this.header = header;
    }

    /** One clause; attributes and directives without their types, as texts. */
    record Clause(String name, Map<String, String> attributes) {
        String text(String key) {
            return attributes.getOrDefault(key, "");
        }

        List<String> texts(String key) {
            return split(text(key));
        }
    }

    static List<Clause> of(String header) {
        Clauses clauses = new Clauses(header == null ? "" : header);
        List<Clause> all = new ArrayList<>();
        while (clauses.position < clauses.header.length()) {
            all.add(clauses.clause());
        }
        return all;
    }

    /** The elements of a {@code List<String>}, in which a comma of an element has a backslash in front. */
    static List<String> split(String list) {
        List<String> elements = new ArrayList<>();
        StringBuilder element = new StringBuilder();
        for (int i = 0; i < list.length(); i++) {
            char at = list.charAt(i);
            if (at == ',') {
                elements.add(element.toString().strip());
                element.setLength(0);
            } else if (at == '\\' && i + 1 < list.length()) {
                element.append(list.charAt(++i));
            } else {
                element.append(at);
            }
        }
        elements.add(element.toString().strip());
        elements.removeIf(String::isEmpty);
        return elements;
    }

    private Clause clause() {
        String name = upTo(";,").strip();
        Map<String, String> attributes = new LinkedHashMap<>();
        while (position < header.length() && header.charAt(position) == ';') {
            position++;
            String key = upTo("=;,").strip();
            if (position < header.length() && header.charAt(position) == '=') {
                position++;
                attributes.put(key.split(":", 2)[0].strip(), value());
            }
        }
        position++; // the comma
        return new Clause(name, Map.copyOf(attributes));
    }

    private String upTo(String ends) {
        int start = position;
        while (position < header.length() && ends.indexOf(header.charAt(position)) < 0) {
            position++;
        }
        return header.substring(start, position);
    }

    /** Quoted or plain; inside quotes a backslash stands before a quote. */
    private String value() {
        while (position < header.length() && header.charAt(position) == ' ') {
            position++;
        }
        if (position == header.length() || header.charAt(position) != '"') {
            return upTo(";,").strip();
        }
        StringBuilder value = new StringBuilder();
        for (position++; position < header.length() && header.charAt(position) != '"'; position++) {
            char at = header.charAt(position);
            boolean quoted = at == '\\' && position + 1 < header.length() && header.charAt(position + 1) == '"';
            value.append(quoted ? header.charAt(++position) : at);
        }
        upTo(";,");
        return value.toString();
    }
}
