// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.platter.format.RawDiskSpec.Area;

class RawDiskSpecTest {
    private static final Optional<String> DEVICE = Optional.of("/dev/sdz");

    private static Area area(long offset, long length) {
        return new Area(offset, length, DEVICE, 0, Optional.empty());
    }

    private static void refused(Area... areas) {
        assertThrows(IllegalArgumentException.class, () -> new RawDiskSpec(Optional.empty(), List.of(areas)));
    }

    @Test
    void isAWholeDeviceOrAreas() {
        assertEquals(DEVICE, new RawDiskSpec(DEVICE, List.of()).device());
        assertEquals(
                2,
                new RawDiskSpec(Optional.empty(), List.of(area(0, 512), area(512, 512)))
                        .areas()
                        .size());
        refused();
        assertThrows(IllegalArgumentException.class, () -> new RawDiskSpec(DEVICE, List.of(area(0, 512))));
    }

    @Test
    void refusesAreasThatOverlapOrGoBack() {
        refused(area(0, 1024), area(512, 512));
        refused(area(1024, 512), area(0, 512));
    }

    @Test
    void refusesAnEndThatDoesNotFit() {
        assertThrows(IllegalArgumentException.class, () -> area(Long.MAX_VALUE / 512 * 512 - 512, 2048));
    }

    @Test
    void areasAreMadeOfSectors() {
        assertThrows(IllegalArgumentException.class, () -> area(1, 512));
        assertThrows(IllegalArgumentException.class, () -> area(0, 100));
        assertThrows(IllegalArgumentException.class, () -> area(0, 0));
        assertThrows(IllegalArgumentException.class, () -> area(-512, 512));
        assertThrows(IllegalArgumentException.class, () -> new Area(0, 512, DEVICE, 5, Optional.empty()));
    }

    @Test
    void copiedDataFillsItsAreaAndHasNoDevice() {
        Optional<byte[]> sector = Optional.of(new byte[512]);
        assertEquals(512, new Area(0, 512, Optional.empty(), 0, sector).data().orElseThrow().length);
        assertThrows(IllegalArgumentException.class, () -> new Area(0, 1024, Optional.empty(), 0, sector));
        assertThrows(IllegalArgumentException.class, () -> new Area(0, 512, DEVICE, 0, sector));
    }
}
