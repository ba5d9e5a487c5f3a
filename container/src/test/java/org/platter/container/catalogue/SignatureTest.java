// SPDX-License-Identifier: Apache-2.0
package org.platter.container.catalogue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.storage.Storage;
import org.platter.testkit.MemoryFolder;

class SignatureTest {
    private static boolean matches(String signature, byte... bytes) throws IOException {
        Storage storage = new MemoryFolder().create("a");
        storage.write(ByteBuffer.wrap(bytes), 0);
        return Signature.parse(signature).orElseThrow().matches(storage);
    }

    @Test
    void aPlaceIsCountedFromTheFrontOrTheEnd() throws IOException {
        assertTrue(matches("0:0102", (byte) 1, (byte) 2, (byte) 3));
        assertTrue(matches("1:0203", (byte) 1, (byte) 2, (byte) 3));
        assertTrue(matches("-2:0203", (byte) 1, (byte) 2, (byte) 3));
        assertFalse(matches("-1:0203", (byte) 1, (byte) 2, (byte) 3));
        assertFalse(matches("0:0103", (byte) 1, (byte) 2, (byte) 3));
    }

    @Test
    void aFileThatIsTooShortHasNone() throws IOException {
        assertFalse(matches("0:0102", (byte) 1));
        assertFalse(matches("-4:01", (byte) 1));
        assertFalse(matches("9223372036854775807:01", (byte) 1));
        assertFalse(matches("-9223372036854775808:01", (byte) 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":", "0:", ":01", "x:01", "0:0", "0:xy", "99999999999999999999:01"})
    void whatIsNoneIsNone(String text) {
        assertEquals(java.util.Optional.empty(), Signature.parse(text));
    }
}
