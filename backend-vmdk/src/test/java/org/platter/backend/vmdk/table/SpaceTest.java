// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

class SpaceTest {
    private static final long MOST = 1L << 40;

    private final Space space = space(512);

    private static Space space(long unit) {
        try {
            return new Space(unit, 0);
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
        assertTrue(space.uses(1024, 1025));
        assertFalse(space.uses(1536, 9999));
    }

    @Test
    void givesTheLowestPlaceThatIsLargeEnough() {
        space.take(0, 512);
        space.take(1024, 1536);
        space.take(4096, 4608);
        assertEquals(new Space.Range(1536, 3584), space.takeLowest(1024, 2048, MOST));
        assertEquals(new Space.Range(512, 1024), space.takeLowest(512, 5120, MOST));
        assertEquals(new Space.Range(3584, 4096), space.takeLowest(512, 512, MOST));
        assertEquals(new Space.Range(4608, 9728), space.takeLowest(512, 5120, MOST));
        space.give(1024, 2048);
        assertEquals(new Space.Range(1024, 2048), space.takeLowest(512, 5120, MOST));
        assertEquals(9728, space.end());
    }

    @Test
    void takesNoMoreThanFitsBelowTheLimit() {
        space.take(0, 1024);
        assertEquals(new Space.Range(1024, 2048), space.takeLowest(512, 5120, 2048));
        assertNull(space.takeLowest(512, 512, 2048));
    }

    @Test
    void refusesFilesWithTooManyPlaces() throws DiskException {
        new Space(65536, 1L << 41);
        assertEquals(
                ErrorCode.NOT_SUPPORTED,
                assertThrows(DiskException.class, () -> new Space(512, 1L << 41))
                        .code());
    }

    @Test
    void storageLetGoIsFreeAfterTheFlush() throws DiskException {
        GrainAllocator allocator = new GrainAllocator(space, 512);
        assertEquals(new Space.Range(0, 2048), allocator.reserve(4));
        allocator.use(512, 1024);
        assertThrows(IllegalArgumentException.class, () -> allocator.use(512, 1024));
        assertThrows(IllegalArgumentException.class, () -> allocator.use(1536, 2560));
        allocator.use(0, 512);
        allocator.release(0, 512);
        assertTrue(allocator.pending(0, 512));
        assertFalse(allocator.pending(512, 1024));
        assertEquals(2048, allocator.reserve(1).from());
        allocator.dropReserved();
        assertEquals(List.of(new Space.Range(0, 512), new Space.Range(1024, 2560)), allocator.freeReleased());
        assertEquals(0, allocator.reserve(1).from());
        assertEquals(1024, allocator.reserve(9).from());
    }
}
