// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Strings of the protocol: UTF-8 without NUL, at most {@value #MAX} bytes. */
public final class Text {
    /** The longest string, bytes. */
    public static final int MAX = 4096;

    private Text() {}

    /** Takes a string of that many bytes; empty, with nothing taken, if it is not one. */
    public static Optional<String> decode(ByteBuffer source, long bytes) {
        if (bytes > MAX || bytes > source.remaining()) {
            return Optional.empty();
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(source.slice(source.position(), (int) bytes))
                    .toString();
            if (text.indexOf('\0') >= 0) {
                return Optional.empty();
            }
            source.position(source.position() + (int) bytes);
            return Optional.of(text);
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** Takes a string that follows its length in 32 bits; empty if there is none. */
    static Optional<String> decodeCounted(ByteBuffer source) {
        return source.remaining() < 4 ? Optional.empty() : decode(source, Integer.toUnsignedLong(source.getInt()));
    }
}
