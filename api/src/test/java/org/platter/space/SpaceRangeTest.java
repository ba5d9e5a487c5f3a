// SPDX-License-Identifier: Apache-2.0
package org.platter.space;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpaceRangeTest {
    @Test
    void endsBehindItsLastByte() {
        assertEquals(12, new SpaceRange(4, 8).end());
        assertEquals(Long.MAX_VALUE, new SpaceRange(Long.MAX_VALUE - 1, 1).end());
    }

    @ParameterizedTest
    @CsvSource({"-1, 1", "0, 0", "0, -1", "9223372036854775807, 1"})
    void isNeverEmptyOrBehindAllNumbers(long offset, long length) {
        assertThrows(IllegalArgumentException.class, () -> new SpaceRange(offset, length));
    }

    @Test
    void aVolumeWithAReasonIsLeftWhole() {
        assertTrue(new Volume("1", 0, 1, "LUKS", "", -1, "It is encrypted.").whole());
        assertFalse(new Volume("1", 0, 1, "xfs", "", 1, "").whole());
    }
}
