// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.Geometry;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.ImageSpec;
import org.platter.format.ParentLink;
import org.platter.testkit.TestImageContext.Mode;

/** Part of the contract: what an image says of itself survives, and own images are recognised. */
abstract class RoundTripContract extends ContractFixture {
    private static final Geometry PHYSICAL = new Geometry(21, 16, 63);
    private static final Geometry LOGICAL = new Geometry(5, 255, 63);
    private static final String COMMENT = "first line\nsecond \"line\" \\ äöü";

    @ParameterizedTest
    @MethodSource("cases")
    protected void showsWhatItWasCreatedWith(Case test) throws IOException {
        ImageSpec spec = spec(test).withComment(COMMENT).withGeometry(Optional.of(PHYSICAL), Optional.of(LOGICAL));
        OpenImage image = create(test, spec, new MemoryFolder());
        assertShows(spec, image.info());
        image.driver().flush();
        for (Mode mode : List.of(Mode.WRITE, Mode.READ, Mode.INFO)) {
            image.close();
            image = open(test, image.folder(), mode);
            assertShows(spec, image.info());
        }
        image.close();
    }

    private void assertShows(ImageSpec spec, ImageInfo info) {
        assertEquals(spec.size(), info.size());
        assertEquals(shown(spec.flags()), info.flags());
        assertTrue(promised().containsAll(info.capabilities()), () -> info.capabilities() + " of " + promised());
        assertFalse(info.version().isEmpty());
        boolean uuids = promises(Capability.UUIDS);
        assertEquals(uuids ? spec.uuid() : ParentLink.NIL, info.uuid());
        assertEquals(uuids && modificationUuids() ? spec.modificationUuid() : ParentLink.NIL, info.modificationUuid());
        assertEquals(stored().contains(Stored.COMMENT) ? COMMENT : "", info.comment());
        if (stored().contains(Stored.PHYSICAL)) {
            assertEquals(Optional.of(PHYSICAL), info.physical());
        }
        if (stored().contains(Stored.LOGICAL)) {
            assertEquals(Optional.of(LOGICAL), info.logical());
        }
        assertEquals(spec.parent().isPresent(), info.parent().isPresent());
        spec.parent().ifPresent(link -> assertLink(link, info));
    }

    private void assertLink(ParentLink expected, ImageInfo info) {
        ParentLink link = info.parent().orElseThrow();
        if (promises(Capability.UUIDS)) {
            assertEquals(expected.uuid(), link.uuid());
            assertEquals(modificationUuids() ? expected.modificationUuid() : ParentLink.NIL, link.modificationUuid());
        }
        if (!link.contentId().isEmpty() && !expected.contentId().isEmpty()) {
            assertEquals(expected.contentId(), link.contentId());
        }
        if (!link.hints().isEmpty() && !expected.hints().isEmpty()) {
            assertEquals(expected.hints().get(0), link.hints().get(0));
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    protected void newImageReadsAsItsParentOrZeroes(Case test) throws IOException {
        try (OpenImage image = open(test, created(test), Mode.READ)) {
            test.model().checkExactly(image.driver().readAll());
        }
    }

    @ParameterizedTest
    @MethodSource("variantsSmall")
    protected void fixedImagesAreDataThroughout(Case test) throws IOException {
        assumeTrue(shown(test.flags()).contains(ImageFlag.FIXED));
        try (OpenImage image = open(test, created(test), Mode.READ)) {
            assertTrue(image.driver().allData());
        }
    }

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void changedAttributesSurvive(Case test) throws IOException {
        OpenImage image = create(test);
        ImageAttributes changes = changes(image.info());
        String contentId = image.info().contentId();
        image.image().update(changes);
        assertChanged(changes, image.info());
        image.driver().flush();
        image = reopen(test, image);
        assertChanged(changes, image.info());
        if (!contentId.isEmpty() && changes.modificationUuid().isPresent()) {
            assertNotEquals(contentId, image.info().contentId());
        }
        image.close();
    }

    private ImageAttributes changes(ImageInfo info) {
        ImageAttributes changes = ImageAttributes.NONE;
        if (info.can(Capability.UUIDS)) {
            changes = changes.withUuid(new UUID(5, 5)).withModificationUuid(new UUID(6, 6));
        }
        if (stored().contains(Stored.COMMENT)) {
            changes = changes.withComment("another comment");
        }
        if (stored().contains(Stored.PHYSICAL)) {
            changes = changes.withPhysical(new Geometry(22, 15, 62));
        }
        if (stored().contains(Stored.LOGICAL)) {
            changes = changes.withLogical(new Geometry(6, 128, 61));
        }
        return info.is(ImageFlag.DIFF) ? changes.withParent(link(7)) : changes;
    }

    private void assertChanged(ImageAttributes changes, ImageInfo info) {
        changes.uuid().ifPresent(uuid -> assertEquals(uuid, info.uuid()));
        changes.modificationUuid()
                .ifPresent(uuid -> assertEquals(modificationUuids() ? uuid : ParentLink.NIL, info.modificationUuid()));
        changes.comment().ifPresent(comment -> assertEquals(comment, info.comment()));
        changes.physical().ifPresent(geometry -> assertEquals(Optional.of(geometry), info.physical()));
        changes.logical().ifPresent(geometry -> assertEquals(Optional.of(geometry), info.logical()));
        changes.parent().ifPresent(link -> assertLink(link, info));
    }

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void commentCanBeRemoved(Case test) throws IOException {
        assumeTrue(stored().contains(Stored.COMMENT));
        OpenImage image = create(test, spec(test).withComment(COMMENT), new MemoryFolder());
        image.image().update(ImageAttributes.NONE.withComment(""));
        image.driver().flush();
        image = reopen(test, image);
        assertEquals("", image.info().comment());
        image.close();
    }

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void imageWithoutParentLinkIsABase(Case test) throws IOException {
        assumeTrue(test.differencing());
        OpenImage image = create(test);
        image.driver().write(0, random(1, 512));
        image.image().update(ImageAttributes.NONE.withParent(ParentLink.NONE));
        image.driver().flush();
        image.close();
        Case base = new Case(Set.of(), test.size());
        try (OpenImage again = open(base, image.folder(), Mode.WRITE)) {
            assertEquals(Optional.empty(), again.info().parent());
            assertFalse(again.info().is(ImageFlag.DIFF));
            assertEquals(test.size(), again.driver().readAll().length);
        }
    }

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void openingAndReadingWritesNothing(Case test) throws IOException {
        MemoryFolder folder = created(test);
        MemoryFolder before = folder.copy();
        try (OpenImage image = open(test, folder, Mode.WRITE)) {
            image.driver().readAll();
        }
        assertTrue(folder.sameBytes(before));
    }

    @ParameterizedTest
    @MethodSource("cases")
    protected void recognisesItsOwnImages(Case test) throws IOException {
        MemoryStorage storage = created(test).bare(fileName()).readOnlyHandle();
        assertEquals(recognisable(), backend().probe(storage));
    }

    @Test
    protected void recognisesNothingElse() throws IOException {
        for (int length : List.of(0, 1, 3, 4, 63, 64, 511, 512, 513, 1024, 4096, 70_000, 1 << 20)) {
            assertFalse(backend().probe(MemoryStorage.of(new byte[length])), () -> length + " zeroes");
            assertFalse(backend().probe(MemoryStorage.of(random(length, length))), () -> length + " random bytes");
        }
    }

    @Test
    protected void refusesWhatItDoesNotRecognise() throws IOException {
        assumeTrue(recognisable());
        for (int length : List.of(0, 1, 511, 512, 4096, 1 << 20)) {
            MemoryFolder folder = MemoryFolder.of(fileName(), random(length, length));
            assertCodeIn(Set.of(ErrorCode.BAD_HEADER), () -> backend().open(context(folder, Mode.READ)));
        }
    }

    @ParameterizedTest
    @MethodSource("variantsSmall")
    protected void recognisesShortenedImagesOrNotButNeverFails(Case test) throws IOException {
        byte[] bytes = created(test).bare(fileName()).bytes();
        for (int length = 0; length < bytes.length; length += length < 2048 ? 31 : bytes.length / 20) {
            backend().probe(MemoryStorage.of(ByteBuffer.wrap(bytes).slice(0, length)));
        }
    }
}
