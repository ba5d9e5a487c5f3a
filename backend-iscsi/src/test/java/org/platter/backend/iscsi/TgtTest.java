// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Smoke. */
class TgtTest {
    @TempDir
    Path folder;

    @Test
    void readsWhatItWrote() throws Exception {
        try (Tgt target = Tgt.start(folder);
                Unit unit = Unit.open(target.url(1))) {
            byte[] bytes = new byte[3 << 20];
            new Random(1).nextBytes(bytes);
            unit.write(bytes, 4096);
            assertArrayEquals(bytes, unit.read(4096, bytes.length));
            unit.storage().flush();
            byte[] file = Files.readAllBytes(target.file(1));
            assertArrayEquals(bytes, Arrays.copyOfRange(file, 4096, 4096 + bytes.length));
        }
    }
}
