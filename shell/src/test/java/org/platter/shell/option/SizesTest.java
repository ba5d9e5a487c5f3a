// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizesTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "512, 512",
        "1k, 1024",
        "1K, 1024",
        "64M, 67108864",
        "2G, 2147483648",
        "60T, 65970697666560",
        "7P, 7881299347898368",
        "1.5G, 1610612736",
        "0.5k, 512",
        "010, 10",
        "0x200, 512",
        "0x7fffffffffffffff, 9223372036854775807",
        "9223372036854775807, 9223372036854775807"
    })
    void readsSuffixesExactly(String word, long bytes) {
        assertEquals(bytes, Sizes.parse(word));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "k",
                "-1",
                "+1",
                "1e3",
                "1.0001k",
                "0.1",
                "1KB",
                "1 k",
                "1m",
                "8192P",
                "9223372036854775808",
                "0x",
                "0x8000000000000000",
                "0x-1",
                "..1",
                "1.2.3",
                "٣",
                "1111111111111111111111111111111111111111111111111111"
            })
    void refusesEverythingElse(String word) {
        assertThrows(UsageException.class, () -> Sizes.parse(word));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 bytes",
        "1, 1 byte",
        "1023, 1023 bytes",
        "1024, 1 KiB",
        "1536, 1.5 KiB",
        "1048575, 1 MiB",
        "268435456, 256 MiB",
        "65970697666560, 60 TiB",
        "9223372036854775807, 8 EiB"
    })
    void showsOneDigitBehindThePoint(long bytes, String text) {
        assertEquals(text, Sizes.human(bytes));
    }

    @Property
    void theShortFormIsNear(@ForAll @LongRange(min = 1024) long bytes) {
        String[] parts = Sizes.human(bytes).split(" ");
        double value = Double.parseDouble(parts[0]) * Math.pow(1024, "KMGTPE".indexOf(parts[1].charAt(0)) + 1);
        assertEquals(bytes, value, bytes * 0.05 + 1);
        assertTrue(Double.parseDouble(parts[0]) < 1024, parts[0]);
    }

    @Test
    void bothFormsForCalculators() {
        assertEquals("1 MiB (1048576 bytes)", Sizes.both(1 << 20));
        assertEquals("100 bytes", Sizes.both(100));
    }
}
