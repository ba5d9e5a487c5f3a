// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.login;

import java.net.ProtocolException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * CHAP for one login: answers the target's challenge and, where a target secret is known, checks the target's answer to
 * ours. Prints nothing of it. Source: docs/formats/iscsi.md, section 3.
 */
final class Chap {
    private static final int LONGEST_BINARY = 1024;
    private static final int CHALLENGE = 24;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Credentials credentials;
    private Algorithm algorithm;
    private byte[] ours = {};
    private byte identifier;

    Chap(Credentials credentials) {
        this.credentials = credentials;
    }

    /** The algorithms that we take, in our order. */
    Map<String, String> proposal() {
        List<Algorithm> offered = credentials.algorithms();
        return Map.of(
                "CHAP_A",
                offered.stream().map(a -> Integer.toString(a.number())).collect(Collectors.joining(",")));
    }

    /** Our answer to CHAP_A, CHAP_I and CHAP_C, with a challenge for the target if it has to prove itself. */
    Map<String, String> answer(Map<String, String> keys) throws ProtocolException {
        algorithm = chosen(required(keys, "CHAP_A"));
        byte id = identifier(required(keys, "CHAP_I"));
        byte[] challenge = binary("CHAP_C", required(keys, "CHAP_C"));
        if (credentials.reflected(challenge)) {
            throw new ProtocolException("CHAP: the target sends our own challenge back");
        }
        Map<String, String> answer = new LinkedHashMap<>();
        answer.put("CHAP_N", credentials.user());
        answer.put("CHAP_R", hex(response(algorithm, id, credentials.secret(), challenge)));
        if (credentials.mutual()) {
            drawChallenge(challenge);
            answer.put("CHAP_I", Integer.toString(identifier & 0xFF));
            answer.put("CHAP_C", hex(ours));
        }
        return answer;
    }

    /** Fails unless the target has proved itself, where it has to. */
    void checkTarget(Map<String, String> keys) throws ProtocolException {
        if (!credentials.mutual()) {
            return;
        }
        String name = required(keys, "CHAP_N");
        byte[] expected = response(algorithm, identifier, credentials.targetSecret(), ours);
        byte[] given = binary("CHAP_R", required(keys, "CHAP_R"));
        boolean named =
                credentials.targetUser().isEmpty() || credentials.targetUser().equals(name);
        if (!MessageDigest.isEqual(expected, given) || !named) {
            throw new ProtocolException("CHAP: the target did not prove that it is "
                    + (credentials.targetUser().isEmpty() ? "the right one" : "'" + credentials.targetUser() + "'"));
        }
    }

    private Algorithm chosen(String text) throws ProtocolException {
        for (Algorithm offered : credentials.algorithms()) {
            if (Integer.toString(offered.number()).equals(text)) {
                return offered;
            }
        }
        throw new ProtocolException("CHAP: the target chose an algorithm that was not offered");
    }

    private void drawChallenge(byte[] theirs) {
        do {
            ours = new byte[CHALLENGE];
            RANDOM.nextBytes(ours);
            identifier = (byte) RANDOM.nextInt();
        } while (Arrays.equals(ours, theirs));
        credentials.sent(ours);
    }

    private static String required(Map<String, String> keys, String key) throws ProtocolException {
        String value = keys.get(key);
        if (value == null) {
            throw new ProtocolException("CHAP: the target sent no " + key);
        }
        return value;
    }

    private static byte identifier(String text) throws ProtocolException {
        if (!text.matches("\\d{1,3}") || Integer.parseInt(text) > 255) {
            throw new ProtocolException("CHAP_I of the target is not a number from 0 to 255");
        }
        return (byte) Integer.parseInt(text);
    }

    /** Decodes {@code 0x…} with any number of digits, or {@code 0b…}. */
    static byte[] binary(String key, String text) throws ProtocolException {
        try {
            String digits = text.length() < 3 ? "" : text.substring(2);
            byte[] value;
            if (text.startsWith("0x") || text.startsWith("0X")) {
                value = HexFormat.of().parseHex(digits.length() % 2 == 0 ? digits : "0" + digits);
            } else if (text.startsWith("0b") || text.startsWith("0B")) {
                value = Base64.getDecoder().decode(digits);
            } else {
                throw new IllegalArgumentException("no prefix");
            }
            if (value.length >= 1 && value.length <= LONGEST_BINARY) {
                return value;
            }
        } catch (IllegalArgumentException e) {
            // the message of the exception would show digits
        }
        throw new ProtocolException(key + " of the target is not 1 to " + LONGEST_BINARY + " bytes in hex or base64");
    }

    private static String hex(byte[] bytes) {
        return "0x" + HexFormat.of().formatHex(bytes);
    }

    static byte[] response(Algorithm algorithm, byte identifier, byte[] secret, byte[] challenge)
            throws ProtocolException {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm.javaName());
            digest.update(identifier);
            digest.update(secret);
            return digest.digest(challenge);
        } catch (NoSuchAlgorithmException e) {
            throw new ProtocolException("CHAP: this Java has no " + algorithm.javaName());
        }
    }

    /** Hash functions by their numbers in the protocol. */
    enum Algorithm {
        MD5(5, "MD5"),
        SHA1(6, "SHA-1"),
        SHA256(7, "SHA-256"),
        SHA3_256(8, "SHA3-256");

        private final int number;
        private final String javaName;

        Algorithm(int number, String javaName) {
            this.number = number;
            this.javaName = javaName;
        }

        int number() {
            return number;
        }

        String javaName() {
            return javaName;
        }
    }
}
