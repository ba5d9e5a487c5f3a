// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.layout;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.platter.error.DiskException;

/** Text inside an image: UTF-8, written by strangers. */
public final class Text {
    private Text() {}

    /** A text that only people read: up to the first NUL, what is no text replaced. */
    public static String shown(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        int end = text.indexOf(0);
        return (end < 0 ? text : text.substring(0, end)).replaceAll("\\p{Cntrl}", "\uFFFD");
    }

    /** The name of a file, which must be what it seems. */
    public static String name(String what, byte[] bytes) throws DiskException {
        try {
            String name = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            if (name.isEmpty() || name.chars().anyMatch(c -> c < ' ' || c == 0x7F)) {
                throw Bad.header(what + " '" + shown(bytes) + "' is empty or has control characters");
            }
            return name;
        } catch (CharacterCodingException e) {
            throw Bad.header(what + " '" + shown(bytes) + "' is not UTF-8");
        }
    }

    /** True if other programs take the name for a protocol, a device or a description, not for a file. */
    public static boolean foreign(String name) {
        int colon = name.indexOf(':');
        int slash = name.indexOf('/');
        return colon >= 0 && (slash < 0 || colon < slash);
    }
}
