// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.wire;

import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code key=value} pairs, each ended by a NUL byte. Source: docs/formats/iscsi.md, section 2. */
public final class Text {
    private static final int MOST_PAIRS = 256;
    private static final int MOST_DISCOVERED = 65536;
    private static final int LONGEST_KEY = 63;
    private static final int LONGEST_VALUE = 8192;

    /** One pair. Its value is never printed: it may be half of an authentication. */
    public record Pair(String key, String value) {
        @Override
        public String toString() {
            return key + "=…";
        }
    }

    private Text() {}

    /** The pairs as a data segment. */
    public static ByteBuffer encode(Map<String, String> pairs) {
        StringBuilder text = new StringBuilder();
        pairs.forEach((key, value) -> text.append(key).append('=').append(value).append('\0'));
        return ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** The pairs of a negotiation: few, and no key twice. */
    public static Map<String, String> negotiation(ByteBuffer segment) throws ProtocolException {
        Map<String, String> unique = new LinkedHashMap<>();
        for (Pair pair : pairs(segment, MOST_PAIRS)) {
            if (unique.put(pair.key(), pair.value()) != null) {
                throw new ProtocolException("text key " + pair.key() + " occurs twice");
            }
        }
        return unique;
    }

    /** The pairs of an answer to SendTargets, where keys repeat. */
    public static List<Pair> discovery(ByteBuffer segment) throws ProtocolException {
        return pairs(segment, MOST_DISCOVERED);
    }

    private static List<Pair> pairs(ByteBuffer segment, int most) throws ProtocolException {
        List<Pair> pairs = new ArrayList<>();
        ByteBuffer rest = segment.duplicate();
        while (rest.hasRemaining()) {
            if (pairs.size() == most) {
                throw new ProtocolException("text of more than " + most + " keys");
            }
            pairs.add(pair(token(rest)));
        }
        return pairs;
    }

    private static byte[] token(ByteBuffer rest) throws ProtocolException {
        int end = rest.position();
        while (end < rest.limit() && rest.get(end) != 0) {
            end++;
        }
        if (end == rest.limit()) {
            throw new ProtocolException("text does not end with a NUL byte");
        }
        byte[] token = new byte[end - rest.position()];
        rest.get(token).get();
        return token;
    }

    private static Pair pair(byte[] token) throws ProtocolException {
        int equals = 0;
        while (equals < token.length && token[equals] != '=') {
            if (!keyByte(token[equals])) {
                throw new ProtocolException("text key with byte 0x" + Integer.toHexString(token[equals] & 0xFF));
            }
            equals++;
        }
        if (equals == 0 || equals == token.length || equals > LONGEST_KEY || token.length - equals > LONGEST_VALUE) {
            throw new ProtocolException("text pair of " + token.length + " bytes, '=' at " + equals);
        }
        return new Pair(
                new String(token, 0, equals, StandardCharsets.US_ASCII),
                new String(token, equals + 1, token.length - equals - 1, StandardCharsets.UTF_8));
    }

    private static boolean keyByte(byte b) {
        return b > ' ' && b < 0x7F;
    }

    /** Text of a peer, fit for a message: no control characters, not long. */
    public static String shown(String text) {
        StringBuilder shown = new StringBuilder();
        text.codePoints()
                .limit(256)
                .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
                .forEach(shown::appendCodePoint);
        return shown.toString();
    }
}
