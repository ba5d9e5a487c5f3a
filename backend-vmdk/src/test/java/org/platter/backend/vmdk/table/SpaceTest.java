// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

class SpaceTest {
    private final Space space = space(512, 1024);

    private static Space space(long unit, long grain) {
        try {
            return new Space(unit, grain, 0);
        } catch (DiskException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void tellsWhetherARangeWasFree() {
        assertTrue(space.take(100, 1000));
        assertFalse(space.take(512, 600));
        assertTrue(space.take(1024, 1536));
        assertEquals(1536, space.end());
        assertEquals(1536, space.nextFree(0));
        assertEquals(1024, space.nextUsed(1024));
        assertEquals(9999, space.nextUsed(9999));
    }

    @Test
    void givesWholeGrainsAtTheLowestPlace() throws DiskException {
        space.take(0, 512);
        space.take(1024, 1536);
        space.take(4096, 4608);
        assertEquals(new Space.Range(1536, 3584), space.reserve(7, 2));
        assertEquals(512, space.table(100));
        assertEquals(3584, space.table(512));
        assertEquals(new Space.Range(4608, 9728), space.reserve(8, 5));
        assertThrows(IllegalArgumentException.class, () -> space.name(8, 4608, 10240));
        space.name(8, 4608, 9728);
        space.release(4608, 5632);
        assertTrue(space.pending(5000, 5001));
        assertTrue(space.giveBack());
        assertEquals(List.of(new Space.Range(1536, 3584), new Space.Range(4608, 5632)), space.settle());
        assertEquals(9728, space.end());
    }

    @Test
    void refusesFilesWithTooManyPlaces() throws DiskException {
        new Space(65536, 65536, 1L << 41);
        assertEquals(
                ErrorCode.NOT_SUPPORTED,
                assertThrows(DiskException.class, () -> new Space(512, 65536, 1L << 41))
                        .code());
    }
}
