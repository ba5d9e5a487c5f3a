// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ImageInfoTest {
    private static final ImageInfo INFO = ImageInfo.of("1.1", 4096, 512, Set.of(), Set.of(Capability.DIFF));
    private static final ParentLink LINK = new ParentLink(new UUID(1, 2), new UUID(3, 4), "abc", List.of("p"));

    @Test
    void knowsNothingMoreAtFirst() {
        assertEquals(ParentLink.NIL, INFO.uuid());
        assertEquals(Optional.empty(), INFO.parent());
        assertEquals("", INFO.comment());
        assertTrue(INFO.can(Capability.DIFF));
        assertFalse(INFO.can(Capability.RESIZE));
    }

    @Test
    void diffFlagFollowsTheParent() {
        ImageInfo child = INFO.withParent(Optional.of(LINK));
        assertTrue(child.is(ImageFlag.DIFF));
        assertFalse(child.withParent(Optional.empty()).is(ImageFlag.DIFF));
    }

    @Test
    void changedCopiesKeepTheRest() {
        Optional<Geometry> geometry = Optional.of(new Geometry(9, 8, 7));
        ImageInfo changed = INFO.withIdentity(new UUID(5, 5), new UUID(6, 6), "cid")
                .withComment("text")
                .withGeometry(geometry, geometry)
                .withSize(8192);
        assertEquals(8192, changed.size());
        assertEquals(new UUID(5, 5), changed.uuid());
        assertEquals("cid", changed.contentId());
        assertEquals("text", changed.comment());
        assertEquals(geometry, changed.logical());
        assertEquals("1.1", changed.version());
    }

    @Test
    void linkToAnImageHoldsItsIdentity() {
        ImageInfo parent = INFO.withIdentity(new UUID(5, 5), new UUID(6, 6), "cid");
        assertEquals(
                new ParentLink(new UUID(5, 5), new UUID(6, 6), "cid", List.of("a")),
                ParentLink.to(parent, List.of("a")));
    }

    @Test
    void refusesNegativeSizes() {
        assertThrows(IllegalArgumentException.class, () -> INFO.withSize(-1));
        assertThrows(IllegalArgumentException.class, () -> ImageInfo.of("1", 0, -1, Set.of(), Set.of()));
    }

    @Test
    void geometryHasLimits() {
        assertThrows(IllegalArgumentException.class, () -> new Geometry(0, 16, 63));
        assertThrows(IllegalArgumentException.class, () -> new Geometry(1, 256, 63));
        assertThrows(IllegalArgumentException.class, () -> new Geometry(1, 16, 0));
        assertThrows(IllegalArgumentException.class, () -> new Geometry(1L << 32, 16, 63));
        assertEquals("1024/16/63", Geometry.physical(1024L * 16 * 63 * 512).toString());
        assertEquals("1/16/63", Geometry.physical(512).toString());
        assertEquals("16383/16/63", Geometry.physical(1L << 50).toString());
    }

    @Test
    void attributesCollectChanges() {
        ImageAttributes changes = ImageAttributes.NONE
                .withUuid(new UUID(1, 1))
                .withModificationUuid(new UUID(2, 2))
                .withParent(LINK)
                .withComment("c")
                .withPhysical(new Geometry(1, 1, 1))
                .withLogical(new Geometry(2, 2, 2));
        assertEquals(
                new ImageAttributes(
                        Optional.of(new UUID(1, 1)),
                        Optional.of(new UUID(2, 2)),
                        Optional.of(LINK),
                        Optional.of("c"),
                        Optional.of(new Geometry(1, 1, 1)),
                        Optional.of(new Geometry(2, 2, 2))),
                changes);
    }
}
