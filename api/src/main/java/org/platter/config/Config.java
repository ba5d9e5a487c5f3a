// SPDX-License-Identifier: Apache-2.0
package org.platter.config;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * Values that a {@link ConfigSchema} has checked. Immutable. Asking for a key that is not in the schema, or by the
 * wrong type, is a bug of the format and gives an empty answer. {@link #toString()} hides secrets.
 */
public final class Config {
    /** No values. */
    public static final Config EMPTY = new Config(Map.of());

    private final Map<String, String> values;
    private final String shown;

    Config(Map<ConfigKey, String> checked) {
        Map<String, String> copy = new LinkedHashMap<>();
        checked.forEach((key, value) -> copy.put(key.name(), value));
        values = Collections.unmodifiableMap(copy);
        shown = checked.entrySet().stream()
                .map(e -> e.getKey().name() + "=" + (e.getKey().secret() ? "***" : e.getValue()))
                .collect(Collectors.joining(", ", "{", "}"));
    }

    /** The value as text, if present. */
    public Optional<String> text(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /** The value as a number, if present. */
    public OptionalLong integer(String key) {
        String value = values.get(key);
        return value == null ? OptionalLong.empty() : OptionalLong.of(Long.decode(value));
    }

    /** The value as a claim: any number but 0 is true; absent is false. */
    public boolean flag(String key) {
        return integer(key).orElse(0) != 0;
    }

    /** The value as bytes, if present; a fresh array. */
    public Optional<byte[]> bytes(String key) {
        return text(key).map(Config::decode);
    }

    private static byte[] decode(String value) {
        return value.startsWith("0x")
                ? HexFormat.of().parseHex(value, 2, value.length())
                : value.getBytes(StandardCharsets.UTF_8);
    }

    static void check(ConfigKey key, String value) throws DiskException {
        try {
            if (key.type() == ConfigKey.Type.INTEGER && Long.decode(value) < 0) {
                throw new NumberFormatException("negative");
            }
            if (key.type() == ConfigKey.Type.BYTES) {
                decode(value);
            }
        } catch (IllegalArgumentException e) {
            throw new DiskException(
                    ErrorCode.BAD_VALUE,
                    "config key " + key.name() + " wants "
                            + (key.type() == ConfigKey.Type.INTEGER
                                    ? "a number from 0 to 2^63-1"
                                    : "text, or 0x and an even number of hexadecimal digits")
                            + (key.secret() ? "" : ", not '" + value + "'"));
        }
    }

    @Override
    public String toString() {
        return shown;
    }
}
