// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.descriptor;

import java.nio.charset.Charset;

/**
 * Free text inside quotes: backslash, line feed and carriage return are escaped as VirtualBox does; quotes, other control
 * characters and what the encoding lacks become {@code \}{@code uXXXX}, which no reader takes for the end of the value.
 */
public final class Comments {
    private Comments() {}

    /** The text as it can stand in a descriptor. */
    static String escape(String text, Charset charset) {
        StringBuilder escaped = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            String character = text.substring(i, i + Character.charCount(point));
            i += character.length();
            switch (character) {
                case "\\" -> escaped.append("\\\\");
                case "\n" -> escaped.append("\\n");
                case "\r" -> escaped.append("\\r");
                default -> {
                    boolean plain = !character.equals("\"") && !Character.isISOControl(point);
                    if (!plain || !Charsets.keeps(character, charset)) {
                        character.chars().forEach(unit -> escaped.append(String.format("\\u%04x", unit)));
                    } else {
                        escaped.append(character);
                    }
                }
            }
        }
        return escaped.toString();
    }

    /** The text of a value. What looks like no escape of ours stays as it is. */
    public static String unescape(String value) {
        StringBuilder text = new StringBuilder(value.length());
        for (int i = 0; i < value.length(); i++) {
            char next = i + 1 < value.length() ? value.charAt(i + 1) : 0;
            if (value.charAt(i) != '\\' || "\\nru".indexOf(next) < 0) {
                text.append(value.charAt(i));
            } else if (next != 'u') {
                text.append(next == 'n' ? '\n' : next == 'r' ? '\r' : '\\');
                i++;
            } else {
                int unit = unit(value, i + 2);
                text.append(unit < 0 ? '\\' : (char) unit);
                i += unit < 0 ? 0 : 5;
            }
        }
        return text.toString();
    }

    private static int unit(String value, int from) {
        int unit = 0;
        for (int i = from; i < from + 4; i++) {
            int digit = i < value.length() ? Character.digit(value.charAt(i), 16) : -1;
            if (digit < 0) {
                return -1;
            }
            unit = unit << 4 | digit;
        }
        return unit;
    }
}
