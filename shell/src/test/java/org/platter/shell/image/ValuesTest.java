// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.disk.OpenFlag;
import org.platter.format.Geometry;
import org.platter.format.ImageFlag;
import org.platter.shell.option.UsageException;

class ValuesTest {
    @Test
    void variantsAreFlags() {
        assertEquals(Set.of(), Values.variants("dynamic"));
        assertEquals(Set.of(ImageFlag.FIXED), Values.variants("Fixed"));
        assertEquals(Set.of(ImageFlag.SPLIT_2G, ImageFlag.ESX), Values.variants("split2g,esx"));
        assertEquals(
                Set.of(ImageFlag.STREAM_OPTIMIZED, ImageFlag.RAWDISK, ImageFlag.ZERO_EXPAND),
                Values.variants("stream,rawdisk,zero-expand"));
    }

    @Test
    void anUnknownVariantIsRefusedByName() {
        String message = assertThrows(UsageException.class, () -> Values.variants("fixed,thick"))
                .getMessage();
        assertTrue(message.contains("'thick'") && message.contains("split2g"), message);
        assertThrows(UsageException.class, () -> Values.variants("fixed,dynamic"));
        assertThrows(UsageException.class, () -> Values.variants(""));
    }

    @Test
    void variantsOfAnImageCanBeAskedForAgain() {
        assertEquals(List.of("dynamic"), Values.variantWords(Set.of()));
        assertEquals(List.of("fixed", "split2g"), Values.variantWords(Set.of(ImageFlag.SPLIT_2G, ImageFlag.FIXED)));
        assertEquals(List.of("stream"), Values.variantWords(Set.of(ImageFlag.STREAM_OPTIMIZED)));
        assertEquals(List.of("dynamic", "diff"), Values.variantWords(Set.of(ImageFlag.DIFF)));
    }

    @Test
    void openFlagsAreWords() {
        assertEquals(Set.of(OpenFlag.READ_ONLY, OpenFlag.ASYNC_IO), Values.openFlags("read-only,ASYNC_IO"));
        assertEquals(
                List.of("read-only", "async-io"), Values.openFlagWords(Set.of(OpenFlag.ASYNC_IO, OpenFlag.READ_ONLY)));
        assertThrows(UsageException.class, () -> Values.openFlags("read-only,"));
    }

    @Test
    void uuidsMayHaveBraces() {
        UUID uuid = UUID.fromString("2112aa5e-4b17-4b0c-85e4-98bd46c8efc6");
        assertEquals(uuid, Values.uuid("2112AA5E-4b17-4b0c-85e4-98bd46c8efc6"));
        assertEquals(uuid, Values.uuid("{2112aa5e-4b17-4b0c-85e4-98bd46c8efc6}"));
        assertNotEquals(Values.uuidOrNew("new"), Values.uuidOrNew("new"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1-1-1-1-1", "new", "2112aa5e4b174b0c85e498bd46c8efc6"})
    void otherTextIsNoUuid(String word) {
        assertThrows(UsageException.class, () -> Values.uuid(word));
    }

    @Test
    void geometriesAreThreeNumbers() {
        assertEquals(new Geometry(1024, 16, 63), Values.geometry("1024/16/63"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1/2", "1/2/3/4", "0/16/63", "-1/16/63", "1/256/63", "99999999999/1/1", "1/16/63 "})
    void otherTextIsNoGeometry(String word) {
        assertThrows(IllegalArgumentException.class, () -> Values.geometry(word));
    }

    @Test
    void bytesAreDecimalOrHexadecimal() {
        assertEquals((byte) 255, Values.fill("255"));
        assertEquals((byte) 0xAB, Values.fill("0xab"));
        assertEquals((byte) 10, Values.fill("010"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "256", "-1", "x", "0x100", "#10"})
    void otherTextIsNoByte(String word) {
        assertThrows(UsageException.class, () -> Values.fill(word));
    }
}
