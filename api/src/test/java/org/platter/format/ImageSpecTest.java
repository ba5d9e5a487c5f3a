// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ImageSpecTest {
    private static final ParentLink LINK = new ParentLink(new UUID(1, 2), new UUID(3, 4), "", List.of("p.vdi"));

    @Test
    void baseImageHasRandomUuidsAndNoParent() {
        ImageSpec spec = ImageSpec.base(1024, Set.of(ImageFlag.FIXED));
        assertEquals(Optional.empty(), spec.parent());
        assertNotEquals(ParentLink.NIL, spec.uuid());
        assertNotEquals(spec.uuid(), spec.modificationUuid());
        assertNotEquals(spec.uuid(), ImageSpec.base(1024, Set.of()).uuid());
    }

    @Test
    void parentMakesADifferencingImage() {
        ImageSpec spec = ImageSpec.base(1024, Set.of()).withParent(LINK);
        assertEquals(Set.of(ImageFlag.DIFF), spec.flags());
        assertEquals(Optional.of(LINK), spec.parent());
    }

    @Test
    void refusesDiffWithoutParentAndFixedWithOne() {
        Set<ImageFlag> diff = Set.of(ImageFlag.DIFF);
        assertThrows(IllegalArgumentException.class, () -> ImageSpec.base(1024, diff));
        ImageSpec fixed = ImageSpec.base(1024, Set.of(ImageFlag.FIXED));
        assertThrows(IllegalArgumentException.class, () -> fixed.withParent(LINK));
    }

    @Test
    void refusesSizesThatAreNotPositive() {
        assertThrows(IllegalArgumentException.class, () -> ImageSpec.base(0, Set.of()));
        assertThrows(IllegalArgumentException.class, () -> ImageSpec.base(-512, Set.of()));
    }

    @Test
    void changedCopiesKeepTheRest() {
        Geometry geometry = new Geometry(1, 2, 3);
        RawDiskSpec raw = new RawDiskSpec(Optional.of("/dev/sdz"), List.of());
        ImageSpec spec = ImageSpec.base(1024, Set.of())
                .withUuid(new UUID(7, 7))
                .withComment("text")
                .withGeometry(Optional.of(geometry), Optional.empty())
                .withRawDisk(raw)
                .withParent(LINK);
        assertEquals(1024, spec.size());
        assertEquals(new UUID(7, 7), spec.uuid());
        assertEquals("text", spec.comment());
        assertEquals(Optional.of(geometry), spec.physical());
        assertEquals(Optional.of(raw), spec.rawDisk());
    }
}
