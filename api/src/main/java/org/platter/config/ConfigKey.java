// SPDX-License-Identifier: Apache-2.0
package org.platter.config;

import java.util.Objects;
import java.util.Optional;

/**
 * One configuration key of a format: name, type, default and flags. Immutable; the methods that change a property give
 * a new key. Source: the seed's VDCONFIGINFO.
 *
 * @param name as the user writes it, compared exactly
 * @param type how the text of a value is read
 * @param fallback the text used when the key is absent
 * @param mandatory true if a value must be given or defaulted
 * @param expert true if user interfaces should hide it at first
 * @param secret true if the value must never be shown
 * @param description one sentence for people, may be empty
 */
public record ConfigKey(
        String name,
        Type type,
        Optional<String> fallback,
        boolean mandatory,
        boolean expert,
        boolean secret,
        String description) {

    /** How the text of a value is read. */
    public enum Type {
        /** Decimal, 0x… hexadecimal or 0… octal; 64 bits, not negative. */
        INTEGER,
        /** Any text. */
        STRING,
        /** 0x… as hexadecimal digits, anything else as its UTF-8 bytes. */
        BYTES
    }

    /** Checks that no part is null. */
    public ConfigKey {
        Objects.requireNonNull(name);
        Objects.requireNonNull(type);
        Objects.requireNonNull(fallback);
        Objects.requireNonNull(description);
    }

    /** An optional integer key without default. */
    public static ConfigKey integer(String name) {
        return of(name, Type.INTEGER);
    }

    /** An optional text key without default. */
    public static ConfigKey text(String name) {
        return of(name, Type.STRING);
    }

    /** An optional key for raw bytes without default. */
    public static ConfigKey bytes(String name) {
        return of(name, Type.BYTES);
    }

    private static ConfigKey of(String name, Type type) {
        return new ConfigKey(name, type, Optional.empty(), false, false, false, "");
    }

    /** The key with a default. */
    public ConfigKey orElse(String value) {
        return new ConfigKey(name, type, Optional.of(value), mandatory, expert, secret, description);
    }

    /** The key, now mandatory. */
    public ConfigKey asMandatory() {
        return new ConfigKey(name, type, fallback, true, expert, secret, description);
    }

    /** The key, now for experts. */
    public ConfigKey asExpert() {
        return new ConfigKey(name, type, fallback, mandatory, true, secret, description);
    }

    /** The key, now secret. */
    public ConfigKey asSecret() {
        return new ConfigKey(name, type, fallback, mandatory, expert, true, description);
    }

    /** The key with a sentence for people. */
    public ConfigKey describedAs(String text) {
        return new ConfigKey(name, type, fallback, mandatory, expert, secret, text);
    }
}
