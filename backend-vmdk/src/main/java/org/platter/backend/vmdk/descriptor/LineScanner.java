// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.descriptor;

import org.platter.backend.vmdk.extent.Bad;
import org.platter.error.DiskException;

/** Takes a line apart from left to right, in linear time. For one thread. */
public final class LineScanner {
    private static final int MOST_SHOWN = 100;
    private static final int MOST_DIGITS = 18;

    private final String line;
    private int at;

    LineScanner(String line) {
        this.line = line;
        skip();
    }

    private void skip() {
        while (at < line.length() && Character.isWhitespace(line.charAt(at))) {
            at++;
        }
    }

    boolean done() {
        return at == line.length();
    }

    boolean atQuote() {
        return !done() && line.charAt(at) == '"';
    }

    /** The next word, empty at the end. */
    String next() {
        int start = at;
        while (at < line.length() && !Character.isWhitespace(line.charAt(at))) {
            at++;
        }
        String word = line.substring(start, at);
        skip();
        return word;
    }

    /** The next word as a number of at most 18 digits. */
    long number(String what) throws DiskException {
        String word = next();
        boolean digits = !word.isEmpty() && word.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!digits || word.length() > MOST_DIGITS) {
            throw Bad.header("VMDK descriptor: " + what + " is no number of at most " + MOST_DIGITS + " digits in "
                    + shown(line));
        }
        return Long.parseLong(word);
    }

    /** What is between this quote and the next. */
    String quoted() throws DiskException {
        int end = line.indexOf('"', at + 1);
        if (end < 0) {
            throw Bad.header("VMDK descriptor: quote without end in " + shown(line));
        }
        String text = line.substring(at + 1, end);
        at = end + 1;
        if (at < line.length() && !Character.isWhitespace(line.charAt(at))) {
            throw Bad.header("VMDK descriptor: text directly behind a quote in " + shown(line));
        }
        skip();
        return text;
    }

    String rest() {
        String rest = line.substring(at).stripTrailing();
        at = line.length();
        return rest;
    }

    /** The line for a message: not too long, and without what could change a terminal. */
    public static String shown(String line) {
        String start = line.length() > MOST_SHOWN ? line.substring(0, MOST_SHOWN) + "…" : line;
        return "'" + start.replaceAll("\\p{Cntrl}", "?") + "'";
    }
}
