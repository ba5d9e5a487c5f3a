// SPDX-License-Identifier: Apache-2.0
package org.platter.error;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class DiskExceptionTest {
    @Test
    void placeComesFirstAndTheRestStays() {
        IOException cause = new IOException("host");
        DiskException plain = new DiskException(ErrorCode.CORRUPT, "VDI map: entry 7 is 12 of 8 blocks", cause);
        DiskException placed = plain.at("d.vdi");
        assertEquals("d.vdi: VDI map: entry 7 is 12 of 8 blocks", placed.getMessage());
        assertEquals(ErrorCode.CORRUPT, placed.code());
        assertSame(cause, placed.getCause());
        assertArrayEquals(plain.getStackTrace(), placed.getStackTrace());
    }

    @Test
    void needsCodeAndMessage() {
        assertThrows(NullPointerException.class, () -> new DiskException(null, "x"));
        assertThrows(NullPointerException.class, () -> new DiskException(ErrorCode.IO, null));
    }
}
