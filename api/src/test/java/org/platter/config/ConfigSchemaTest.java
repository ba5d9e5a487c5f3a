// SPDX-License-Identifier: Apache-2.0
package org.platter.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

class ConfigSchemaTest {
    private static final ConfigSchema SCHEMA = ConfigSchema.of(
            ConfigKey.text("Target").asMandatory(),
            ConfigKey.integer("Timeout").orElse("10000"),
            ConfigKey.bytes("Secret").asSecret(),
            ConfigKey.text("Name"));

    private static DiskException refused(Map<String, String> values) {
        return assertThrows(DiskException.class, () -> SCHEMA.validate(values));
    }

    private static Config valid(String key, String value) throws DiskException {
        return SCHEMA.validate(Map.of("Target", "t", key, value));
    }

    @Test
    void fillsInDefaults() throws DiskException {
        Config config = SCHEMA.validate(Map.of("Target", "t"));
        assertEquals(OptionalLong.of(10000), config.integer("Timeout"));
        assertEquals(Optional.of("t"), config.text("Target"));
        assertEquals(Optional.empty(), config.text("Name"));
    }

    @Test
    void refusesUnknownKeysAndNamesTheKnown() {
        DiskException refusal = refused(Map.of("Target", "t", "Tymeout", "1"));
        assertEquals(ErrorCode.UNKNOWN_KEY, refusal.code());
        assertTrue(refusal.getMessage().contains("Tymeout"), refusal::getMessage);
        assertTrue(refusal.getMessage().contains("Timeout"), refusal::getMessage);
        assertThrows(DiskException.class, () -> ConfigSchema.EMPTY.validate(Map.of("any", "")));
    }

    @Test
    void refusesAMissingMandatoryKey() {
        DiskException refusal = refused(Map.of());
        assertEquals(ErrorCode.MISSING_KEY, refusal.code());
        assertTrue(refusal.getMessage().contains("Target"), refusal::getMessage);
    }

    @Test
    void mandatoryKeyWithDefaultNeedNotBeGiven() throws DiskException {
        ConfigSchema schema =
                ConfigSchema.of(ConfigKey.text("LUN").asMandatory().orElse("0"));
        assertEquals(Optional.of("0"), schema.validate(Map.of()).text("LUN"));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "0x1F, 31", "010, 8", "9223372036854775807, 9223372036854775807"})
    void readsNumbersAsTheSeedDoes(String text, long value) throws DiskException {
        assertEquals(OptionalLong.of(value), valid("Timeout", text).integer("Timeout"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ten", "-1", "0xg", "9223372036854775808", "1 ", "1.0"})
    void refusesWhatIsNoNumber(String text) {
        DiskException refusal = refused(Map.of("Target", "t", "Timeout", text));
        assertEquals(ErrorCode.BAD_VALUE, refusal.code());
        assertTrue(refusal.getMessage().contains("Timeout"), refusal::getMessage);
        assertTrue(refusal.getMessage().contains("'" + text + "'"), refusal::getMessage);
    }

    @Test
    void refusesBytesWithHalfADigitWithoutShowingThem() {
        DiskException refusal = refused(Map.of("Target", "t", "Secret", "0xABC"));
        assertEquals(ErrorCode.BAD_VALUE, refusal.code());
        assertFalse(refusal.getMessage().contains("ABC"), refusal::getMessage);
    }

    @Test
    void findsKeysByExactName() {
        assertTrue(SCHEMA.key("Timeout").isPresent());
        assertFalse(SCHEMA.key("timeout").isPresent());
    }

    @Test
    void refusesTwoKeysOfOneName() {
        List<ConfigKey> keys = List.of(ConfigKey.text("a"), ConfigKey.integer("a"));
        assertThrows(IllegalArgumentException.class, () -> new ConfigSchema(keys));
    }

    @Test
    void keysKeepWhatWasSetBefore() {
        ConfigKey key = ConfigKey.bytes("k")
                .asSecret()
                .asExpert()
                .asMandatory()
                .orElse("v")
                .describedAs("d");
        assertEquals(new ConfigKey("k", ConfigKey.Type.BYTES, Optional.of("v"), true, true, true, "d"), key);
    }
}
