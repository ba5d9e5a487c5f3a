// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.platter.storage.Storage;
import org.platter.testkit.MemoryStorage;

class RunTest {
    private static final Storage STORAGE = MemoryStorage.named("s");

    @Test
    void clipsDataOnBothSidesAndMovesItsPosition() {
        Run.Data run = new Run.Data(1000, 500, STORAGE, 70_000);
        assertEquals(new Run.Data(1100, 200, STORAGE, 70_100), run.clip(1100, 200));
        assertEquals(new Run.Data(1000, 100, STORAGE, 70_000), run.clip(900, 200));
        assertEquals(new Run.Data(1400, 100, STORAGE, 70_400), run.clip(1400, 1000));
        assertEquals(run, run.clip(0, 10_000));
    }

    @Test
    void clipsZeroAndFree() {
        assertEquals(new Run.Zero(10, 5), new Run.Zero(0, 15).clip(10, 100));
        assertEquals(new Run.Free(3, 4), new Run.Free(0, 15).clip(3, 4));
    }

    @Test
    void rangesThatDoNotOverlapCannotBeClipped() {
        assertThrows(IllegalArgumentException.class, () -> new Run.Zero(0, 15).clip(15, 5));
        assertThrows(IllegalArgumentException.class, () -> new Run.Free(20, 15).clip(0, 20));
        assertThrows(IllegalArgumentException.class, () -> new Run.Data(20, 15, STORAGE, 0).clip(0, 20));
    }

    @Test
    void endsBehindItsLastByte() {
        assertEquals(15, new Run.Free(5, 10).end());
    }

    @Test
    void refusesEmptyAndNegativeRanges() {
        assertThrows(IllegalArgumentException.class, () -> new Run.Zero(0, 0));
        assertThrows(IllegalArgumentException.class, () -> new Run.Free(-1, 5));
        assertThrows(IllegalArgumentException.class, () -> new Run.Data(0, -1, STORAGE, 0));
        assertThrows(IllegalArgumentException.class, () -> new Run.Data(0, 1, STORAGE, -1));
        assertThrows(NullPointerException.class, () -> new Run.Data(0, 1, null, 0));
    }
}
