// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.platter.config.ConfigKey;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.Geometry;
import org.platter.format.Image;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageFlag;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.format.Run;
import org.platter.testkit.TestImageContext.Mode;

/** Part of the contract: capabilities promise neither too much nor too little, and read-only is read-only. */
abstract class PromiseContract extends AllocationContract {
    private static final Map<ImageFlag, Capability> CREATES = new EnumMap<>(Map.of(
            ImageFlag.FIXED, Capability.CREATE_FIXED,
            ImageFlag.SPLIT_2G, Capability.CREATE_SPLIT_2G,
            ImageFlag.DIFF, Capability.DIFF));

    @Test
    protected void createsExactlyTheVariantsPromised() throws IOException {
        for (Map.Entry<ImageFlag, Capability> entry : CREATES.entrySet()) {
            Case test = new Case(Set.of(entry.getKey()), sizes().get(0));
            if (promises(entry.getValue())) {
                create(test).close();
            } else {
                assertCode(ErrorCode.NOT_SUPPORTED, () -> create(test));
            }
        }
    }

    @Test
    protected void createsGrowingImagesIfPromised() throws IOException {
        Case test = new Case(Set.of(), sizes().get(0));
        if (promises(Capability.CREATE_DYNAMIC)) {
            try (OpenImage image = create(test)) {
                assertFalse(image.info().is(ImageFlag.FIXED));
            }
        } else if (shown(Set.of()).contains(ImageFlag.FIXED)) {
            create(test).close();
        } else {
            assertCode(ErrorCode.NOT_SUPPORTED, () -> create(test));
        }
    }

    @Test
    protected void needsConfigKeysOnlyIfPromised() {
        boolean mandatory = backend().schema().keys().stream().anyMatch(ConfigKey::mandatory);
        assertTrue(!mandatory || promises(Capability.CONFIG));
        assertTrue(!promises(Capability.CONFIG) || !backend().schema().keys().isEmpty());
    }

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void discardsIfPromised(Case test) throws IOException {
        OpenImage image = create(test);
        image.driver().write(0, random(30, test.size()));
        Image bare = image.image();
        if (image.info().can(Capability.DISCARD)) {
            assertTrue(image.driver().free(0, test.size()) || image.driver().zero(0, test.size()));
        } else {
            assertCode(ErrorCode.NOT_SUPPORTED, () -> bare.remap(new Run.Free(0, test.size())));
            assertCode(ErrorCode.NOT_SUPPORTED, () -> bare.remap(new Run.Zero(0, test.size())));
        }
        image.close();
    }

    @ParameterizedTest
    @MethodSource("cases")
    protected void growsIfPromised(Case test) throws IOException {
        OpenImage image = create(test);
        int larger = test.size() + (1 << 20) + 512 * 5;
        if (!image.info().can(Capability.RESIZE)) {
            Image bare = image.image();
            assertCode(ErrorCode.NOT_SUPPORTED, () -> bare.resize(larger));
            image.close();
            return;
        }
        DiskModel model = test.model();
        write(image, model, 0, random(31, test.size()));
        image.driver().flush();
        image.image().resize(larger);
        model.resize(larger);
        assertEquals(larger, image.info().size());
        model.checkExactly(image.driver().readAll());
        write(image, model, larger - 512, random(32, 512));
        write(image, model, test.size() - 512, random(33, 1024));
        image.driver().flush();
        image = reopen(test, image);
        model.checkExactly(image.driver().readAll());
        assertClean(image);
        image.close();
    }

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void growingShowsNoOldBytes(Case test) throws IOException {
        Case odd = new Case(test.flags(), test.size() / 65536 * 65536 + 512);
        OpenImage image = create(odd);
        assumeTrue(image.info().can(Capability.RESIZE) && image.info().can(Capability.DISCARD));
        int block = block(image, odd);
        image.driver().write(0, random(36, Math.min(odd.size(), 2 * block))); // the second keeps the first in the file
        image.driver().flush();
        assertTrue(image.driver().free(0, block) || image.driver().zero(0, block));
        image.driver().flush();
        byte[] last = random(37, 512);
        image.driver().write(odd.size() - 512, last);
        image.driver().flush();
        image.image().resize(odd.size() + (1 << 20));
        byte[] tail = image.driver().read(odd.size() - 512, (1 << 20) + 512);
        assertArrayEquals(Arrays.copyOf(last, tail.length), tail);
        image.close();
    }

    /** Writes to an image and to its model. */
    protected static void write(OpenImage image, DiskModel model, int offset, byte[] bytes) throws IOException {
        model.write(offset, bytes);
        image.driver().write(offset, bytes);
    }

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void shrinksOrSaysThatItDoesNot(Case test) throws IOException {
        OpenImage image = create(test);
        assumeTrue(image.info().can(Capability.RESIZE));
        int smaller = test.size() / 2 / 512 * 512;
        Image bare = image.image();
        int size = smaller;
        try {
            bare.resize(smaller);
        } catch (org.platter.error.DiskException e) {
            assertEquals(ErrorCode.NOT_SUPPORTED, e.code());
            size = test.size();
        }
        assertEquals(size, image.info().size());
        image = reopen(test, image);
        assertEquals(size, image.info().size());
        image.close();
    }

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void checksAndRepairsIfPromised(Case test) throws IOException {
        MemoryFolder folder = created(test);
        MemoryFolder before = folder.copy();
        OpenImage image = open(test, folder, Mode.WRITE);
        Image bare = image.image();
        if (image.info().can(Capability.CHECK)) {
            assertClean(image);
        } else {
            assertCode(ErrorCode.NOT_SUPPORTED, () -> bare.check(Progress.NONE));
        }
        assertTrue(folder.sameBytes(before), "check changes the image");
        if (image.info().can(Capability.REPAIR)) {
            assertEquals(0, bare.repair(RepairMode.SAFE, Progress.NONE).repaired());
            image.driver().flush();
            assertClean(image);
        } else {
            assertCode(ErrorCode.NOT_SUPPORTED, () -> bare.repair(RepairMode.SAFE, Progress.NONE));
        }
        image.close();
    }

    @ParameterizedTest
    @MethodSource("variantsOnce")
    protected void refusesAttributesThatItDoesNotStore(Case test) throws IOException {
        try (OpenImage image = create(test)) {
            if (!promises(Capability.UUIDS)) {
                assertUpdateRefused(image, ImageAttributes.NONE.withUuid(new UUID(1, 1)));
            }
            if (!stored().contains(Stored.COMMENT)) {
                assertUpdateRefused(image, ImageAttributes.NONE.withComment("text"));
            }
        }
    }

    private static void assertUpdateRefused(OpenImage image, ImageAttributes attributes) throws IOException {
        assertCode(ErrorCode.NOT_SUPPORTED, () -> image.image().update(attributes));
    }

    @ParameterizedTest
    @MethodSource("cases")
    protected void readOnlyImageRefusesEveryChangeAndWritesNothing(Case test) throws IOException {
        OpenImage image = create(test);
        DiskModel model = test.model();
        write(image, model, 0, random(34, 512));
        image.driver().flush();
        image.close();
        MemoryFolder before = image.folder().copy();
        OpenImage reader = open(test, image.folder(), Mode.READ);
        assertRefusesChanges(test, reader.image());
        if (reader.info().can(Capability.CHECK)) {
            reader.image().check(Progress.NONE);
        }
        reader.driver().flush();
        model.checkExactly(reader.driver().readAll());
        reader.close();
        assertTrue(image.folder().sameBytes(before));
    }

    private void assertRefusesChanges(Case test, Image image) throws IOException {
        for (ImageAttributes change : Set.of(
                ImageAttributes.NONE.withComment("x"),
                ImageAttributes.NONE.withUuid(new UUID(8, 8)),
                ImageAttributes.NONE.withModificationUuid(new UUID(9, 9)),
                ImageAttributes.NONE.withLogical(new Geometry(7, 7, 7)))) {
            assertCode(ErrorCode.READ_ONLY, () -> image.update(change));
        }
        Set<Capability> can = image.info().capabilities();
        refused(can.contains(Capability.RESIZE), () -> image.resize(test.size() + (1 << 20)));
        refused(can.contains(Capability.REPAIR), () -> image.repair(RepairMode.SAFE, Progress.NONE));
        refused(can.contains(Capability.DISCARD), () -> image.remap(new Run.Zero(0, test.size())));
        refused(can.contains(Capability.DISCARD), () -> image.remap(new Run.Free(0, test.size())));
        refused(false, () -> image.allocate(0, 512));
    }

    /** What is promised fails because of reading; what is not may say that it never works. */
    private static void refused(boolean promised, Action action) throws IOException {
        assertCodeIn(
                promised ? Set.of(ErrorCode.READ_ONLY) : Set.of(ErrorCode.READ_ONLY, ErrorCode.NOT_SUPPORTED), action);
    }

    @ParameterizedTest
    @MethodSource("variantsSmall")
    protected void dataOfReadOnlyImagesCannotBeWritten(Case test) throws IOException {
        OpenImage image = create(test);
        image.driver().write(0, random(35, 512));
        image.driver().flush();
        image.close();
        try (OpenImage reader = open(test, image.folder(), Mode.READ)) {
            assertTrue(reader.driver().dataStorage().readOnly());
        }
    }

    @Test
    protected void refusesFlagsThatNoFormatCombines() throws IOException {
        Set<ImageFlag> all = EnumSet.allOf(ImageFlag.class);
        all.remove(ImageFlag.DIFF);
        assumeFalse(variants().contains(all));
        Case test = new Case(all, sizes().get(0));
        assertCode(ErrorCode.NOT_SUPPORTED, () -> create(test));
    }
}
