// SPDX-License-Identifier: Apache-2.0
package org.platter.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.platter.format.Geometry;
import org.platter.format.ImageFlag;

class RequestTest {
    private static final URI PLACE = URI.create("file:/d/x.vdi");

    @Test
    void openRequestCollectsWhatIsAdded() {
        OpenRequest request = OpenRequest.of(PLACE)
                .withFormat("VDI")
                .with(OpenFlag.READ_ONLY)
                .with(OpenFlag.INFO)
                .withConfig(Map.of("k", "v"))
                .withParents(List.of(URI.create("file:/d/p.vdi")))
                .withSearch(List.of(URI.create("file:/e/")))
                .allowingExternal();
        assertEquals(
                new OpenRequest(
                        PLACE,
                        Optional.of("VDI"),
                        Set.of(OpenFlag.READ_ONLY, OpenFlag.INFO),
                        Map.of("k", "v"),
                        List.of(URI.create("file:/d/p.vdi")),
                        List.of(URI.create("file:/e/")),
                        true),
                request);
        assertEquals(Set.of(), request.withFlags(Set.of()).flags());
    }

    @Test
    void createRequestCollectsWhatIsAdded() {
        Geometry geometry = new Geometry(1, 2, 3);
        CreateRequest request = CreateRequest.of(PLACE)
                .withFormat("VDI")
                .withSize(1024)
                .with(ImageFlag.FIXED)
                .with(ImageFlag.ZERO_EXPAND)
                .withOpenFlags(Set.of(OpenFlag.HONOR_SAME))
                .withConfig(Map.of("k", "v"))
                .withUuid(new UUID(1, 2))
                .withComment("text")
                .withGeometry(Optional.of(geometry), Optional.empty());
        assertEquals(Optional.of("VDI"), request.format());
        assertEquals(OptionalLong.of(1024), request.size());
        assertEquals(Set.of(ImageFlag.FIXED, ImageFlag.ZERO_EXPAND), request.flags());
        assertEquals(Set.of(OpenFlag.HONOR_SAME), request.openFlags());
        assertEquals(Map.of("k", "v"), request.config());
        assertEquals(Optional.of(new UUID(1, 2)), request.uuid());
        assertEquals(Optional.of("text"), request.comment());
        assertEquals(Optional.of(geometry), request.physical());
        assertEquals(Optional.empty(), request.logical());
    }

    @Test
    void requestsKeepNoHoldOnTheCallersCollections() {
        Map<String, String> values = new java.util.HashMap<>(Map.of("k", "v"));
        OpenRequest request = OpenRequest.of(PLACE).withConfig(values);
        values.clear();
        assertEquals(Map.of("k", "v"), request.config());
    }

    @Test
    void optionsRefuseNegativeTime() {
        assertThrows(IllegalArgumentException.class, () -> DiskOptions.DEFAULT.withSwapTimeout(Duration.ofMillis(-1)));
        assertEquals("d", DiskOptions.DEFAULT.withName("d").name());
        assertTrue(DiskOptions.DEFAULT.withName("d").listener().isEmpty());
    }

    @Test
    void progressIsCompleteOnlyAtTheEnd() {
        assertEquals(100, new Job.Progress(0, 0, 0, -1).percent());
        assertEquals(0, new Job.Progress(0, 7, 0, -1).percent());
        assertEquals(99, new Job.Progress((1L << 60) - (1L << 50), 1L << 60, 0, -1).percent());
        assertEquals(100, new Job.Progress(7, 7, 0, -1).percent());
    }
}
