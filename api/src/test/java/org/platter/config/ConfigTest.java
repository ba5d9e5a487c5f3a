// SPDX-License-Identifier: Apache-2.0
package org.platter.config;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.platter.error.DiskException;

class ConfigTest {
    private static final ConfigSchema SCHEMA = ConfigSchema.of(
            ConfigKey.bytes("Secret").asSecret(),
            ConfigKey.bytes("Data"),
            ConfigKey.integer("Flag"),
            ConfigKey.text("Name"));

    private static Config config(String key, String value) throws DiskException {
        return SCHEMA.validate(Map.of(key, value));
    }

    @Test
    void hidesSecretsButShowsTheRest() throws DiskException {
        Config config = SCHEMA.validate(Map.of("Secret", "s3same", "Name", "disk"));
        assertEquals("{Secret=***, Name=disk}", config.toString());
        assertEquals(Optional.of("s3same"), config.text("Secret"));
    }

    @Test
    void readsBytesAsHexadecimalOrAsText() throws DiskException {
        assertArrayEquals(
                new byte[] {(byte) 0xAB, 0x01},
                config("Data", "0xaB01").bytes("Data").orElseThrow());
        assertArrayEquals(
                "pâss".getBytes(StandardCharsets.UTF_8),
                config("Data", "pâss").bytes("Data").orElseThrow());
        assertArrayEquals(new byte[0], config("Data", "0x").bytes("Data").orElseThrow());
    }

    @Test
    void everyNumberButZeroIsAYes() throws DiskException {
        assertTrue(config("Flag", "2").flag("Flag"));
        assertFalse(config("Flag", "0").flag("Flag"));
        assertFalse(Config.EMPTY.flag("Flag"));
    }

    @Test
    void absentValuesAreEmpty() {
        assertEquals(Optional.empty(), Config.EMPTY.text("x"));
        assertEquals(OptionalLong.empty(), Config.EMPTY.integer("x"));
        assertEquals(Optional.empty(), Config.EMPTY.bytes("x"));
        assertEquals("{}", Config.EMPTY.toString());
    }

    @Test
    void bytesAreTheCallersOwn() throws DiskException {
        Config config = config("Data", "0x01");
        config.bytes("Data").orElseThrow()[0] = 9;
        assertArrayEquals(new byte[] {1}, config.bytes("Data").orElseThrow());
    }
}
