// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.print;

import java.io.IOException;
import java.util.List;

/**
 * Lines for people. Whatever comes from an image passes through {@link #safe}, so that no image can send commands to a
 * terminal.
 */
public final class Text {
    private static final int COLUMN = 26;

    private final Appendable out;

    /** Text that goes there. */
    public Text(Appendable out) {
        this.out = out;
    }

    /** One line. */
    public void line(String line) throws IOException {
        out.append(safe(line)).append('\n');
    }

    /** Several lines as they are, with their own line breaks. */
    public void raw(CharSequence lines) throws IOException {
        out.append(lines);
    }

    /** A name and a value; nothing if the value is empty. */
    public void field(String name, String value) throws IOException {
        if (!value.isEmpty()) {
            line(name + " ".repeat(Math.max(1, COLUMN - name.length())) + value);
        }
    }

    /** Rows of cells under headings, each column as wide as its widest cell; numbers to the right. */
    public void table(List<String> columns, List<List<String>> rows) throws IOException {
        int[] widths = columns.stream().mapToInt(String::length).toArray();
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], safe(row.get(i)).length());
            }
        }
        line(row(columns, widths));
        for (List<String> row : rows) {
            line(row(row, widths));
        }
    }

    private static String row(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = safe(cells.get(i));
            String space = " ".repeat(widths[i] - cell.length());
            line.append(i == 0 ? "" : "  ").append(number(cell) ? space + cell : cell + space);
        }
        return line.toString().stripTrailing();
    }

    private static boolean number(String cell) {
        return !cell.isEmpty() && cell.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** The text with everything made visible that a terminal would obey. */
    public static String safe(String text) {
        if (text.chars().noneMatch(Text::obeyed)) {
            return text;
        }
        StringBuilder shown = new StringBuilder();
        for (char c : text.toCharArray()) {
            if (!obeyed(c)) {
                shown.append(c);
            } else if (c == '\n') {
                shown.append("\\n");
            } else {
                shown.append("\\u").append(Integer.toHexString(0x1_0000 | c).substring(1));
            }
        }
        return shown.toString();
    }

    /** Control characters, and those that change the direction of writing. */
    private static boolean obeyed(int c) {
        return Character.isISOControl(c) || c >= 0x2028 && c <= 0x202E || c >= 0x2066 && c <= 0x2069;
    }
}
