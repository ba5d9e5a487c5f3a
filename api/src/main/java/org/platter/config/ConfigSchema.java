// SPDX-License-Identifier: Apache-2.0
package org.platter.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * The configuration keys of a format, in the order in which people should see them. Immutable.
 *
 * @param keys no two of one name
 */
public record ConfigSchema(List<ConfigKey> keys) {
    /** A format without configuration. */
    public static final ConfigSchema EMPTY = new ConfigSchema(List.of());

    /** Copies the list and refuses a name that occurs twice. */
    public ConfigSchema {
        keys = List.copyOf(keys);
        if (keys.stream().map(ConfigKey::name).distinct().count() != keys.size()) {
            throw new IllegalArgumentException("a config key occurs twice in " + keys);
        }
    }

    /** A schema of these keys. */
    public static ConfigSchema of(ConfigKey... keys) {
        return new ConfigSchema(List.of(keys));
    }

    /** The key of that name. */
    public Optional<ConfigKey> key(String name) {
        return keys.stream().filter(key -> key.name().equals(name)).findFirst();
    }

    /**
     * Checks values against the keys and fills in defaults.
     *
     * @throws DiskException {@code UNKNOWN_KEY}, {@code MISSING_KEY} or {@code BAD_VALUE}, naming the key; a secret
     *     value is never part of the message
     */
    public Config validate(Map<String, String> values) throws DiskException {
        for (String name : values.keySet()) {
            if (key(name).isEmpty()) {
                throw new DiskException(
                        ErrorCode.UNKNOWN_KEY,
                        "config key " + name + " is unknown; " + known()
                                + Suggestion.of(
                                        name, keys.stream().map(ConfigKey::name).toList()));
            }
        }
        Map<ConfigKey, String> checked = new LinkedHashMap<>();
        for (ConfigKey key : keys) {
            String value = values.getOrDefault(key.name(), key.fallback().orElse(null));
            if (value == null && key.mandatory()) {
                throw new DiskException(ErrorCode.MISSING_KEY, "config key " + key.name() + " is missing");
            }
            if (value != null) {
                Config.check(key, value);
                checked.put(key, value);
            }
        }
        return new Config(checked);
    }

    private String known() {
        return keys.isEmpty()
                ? "this format has none"
                : "known are " + keys.stream().map(ConfigKey::name).collect(Collectors.joining(", "));
    }
}
