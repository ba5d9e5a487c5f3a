// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.platter.format.Image;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageInfo;
import org.platter.format.ImageSpec;
import org.platter.format.ParentLink;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.testkit.CrashClock;
import org.platter.testkit.CrashClock.Survival;
import org.platter.testkit.CrashStorage;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.RecordingStorage;
import org.platter.testkit.RecordingStorage.Kind;
import org.platter.testkit.RecordingStorage.Log;
import org.platter.testkit.TestImageContext;

/** What reaches the file when, beyond what the contract of all formats asks. */
class VhdCommitTest {
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 40;

    private final VhdBackend backend = new VhdBackend();
    private final CrashClock clock = new CrashClock();

    @FunctionalInterface
    private interface Change {
        void of(ImageDriver image) throws IOException;
    }

    @FunctionalInterface
    private interface Claim {
        void of(MemoryStorage file, int tick) throws IOException;
    }

    private static ParentLink link(int number, String name) {
        return new ParentLink(new UUID(number, number), ParentLink.NIL, "", List.of(name));
    }

    private MemoryFolder created(ImageSpec spec) throws IOException {
        MemoryFolder folder = new MemoryFolder();
        Map<String, String> config = Map.of(VhdBackend.BLOCK_SIZE, Integer.toString(BLOCK));
        TestImageContext context =
                TestImageContext.forCreate(folder, VhdBytes.NAME).withConfig(backend.schema(), config);
        backend.create(context, spec).flush();
        return folder;
    }

    /** Makes a change, then looks at what is left after a loss of power at every moment of it. */
    private void atEveryCrash(MemoryFolder origin, Change change, Claim claim) throws IOException {
        MemoryFolder folder = origin.copy(storage -> new CrashStorage((MemoryStorage) storage, clock));
        change.of(new ImageDriver(backend.open(TestImageContext.forWriting(folder, VhdBytes.NAME))));
        CrashStorage storage = (CrashStorage) folder.open(VhdBytes.NAME);
        for (int tick = 0; tick <= clock.now(); tick++) {
            List<Survival> survivals = new ArrayList<>(List.of(Survival.NOTHING, Survival.EVERYTHING));
            for (int seed = 0; seed < 5; seed++) {
                survivals.add(Survival.some(100L * tick + seed));
            }
            for (Survival survival : survivals) {
                claim.of(clock.crash(storage, tick, survival), tick);
            }
        }
    }

    @Test
    void wholeFooterIsAtTheEndAtAnyMomentOfGrowingAndShrinking() throws IOException {
        MemoryFolder origin = created(ImageSpec.base(BLOCKS * BLOCK, Set.of()));
        Change change = image -> {
            byte[] bytes = new byte[BLOCK];
            new Random(1).nextBytes(bytes);
            for (int block = 0; block < BLOCKS; block++) {
                image.write((block * 7 % BLOCKS) * BLOCK, bytes);
                if (block % 9 == 8) {
                    image.flush();
                }
            }
            image.flush();
            image.free(0, (BLOCKS - 3) * BLOCK);
            image.flush();
        };
        atEveryCrash(origin, change, (file, tick) -> {
            VhdFooters footers = VhdFooters.read(file);
            assertTrue(!footers.lost(), () -> "lost at " + tick);
        });
    }

    private Image reopened(MemoryStorage file) throws IOException {
        MemoryFolder folder = new MemoryFolder();
        folder.put(VhdBytes.NAME, file);
        return backend.open(TestImageContext.forWriting(folder, VhdBytes.NAME));
    }

    @Test
    void otherParentIsThereWhollyOrNotAtAll() throws IOException {
        ParentLink before = link(1, "first.vhd");
        ParentLink after = link(2, "folder/the second, with a longer name.vhd");
        MemoryFolder origin = created(ImageSpec.base(BLOCKS * BLOCK, Set.of()).withParent(before));
        byte[] sector = new byte[512];
        new Random(2).nextBytes(sector);
        atEveryCrash(
                origin,
                image -> {
                    image.write(BLOCK, sector);
                    image.image().update(ImageAttributes.NONE.withParent(after));
                    image.flush();
                    assertEquals(after, image.image().info().parent().orElseThrow());
                },
                (file, tick) -> {
                    Image image = reopened(file);
                    UUID parent = image.info().parent().orElseThrow().uuid();
                    assertTrue(Set.of(before.uuid(), after.uuid()).contains(parent));
                    image.repair(RepairMode.SAFE, Progress.NONE);
                    assertEquals(0, image.check(Progress.NONE).errors());
                });
    }

    @Test
    void namesOfTheParentSurviveWhereTheyHaveRoom() throws IOException {
        MemoryFolder folder = created(ImageSpec.base(BLOCKS * BLOCK, Set.of()).withParent(link(1, "first.vhd")));
        Image image = backend.open(TestImageContext.forWriting(folder, VhdBytes.NAME));
        assertEquals(List.of("first.vhd"), image.info().parent().orElseThrow().hints());
        for (String name : List.of("sub/folder/other.vhd", "ä ö.vhd", "../up.vhd")) {
            image.update(ImageAttributes.NONE.withParent(link(2, name)));
            image.flush();
            ImageInfo info = reopened(folder.bare(VhdBytes.NAME).copy()).info();
            assertEquals(name, info.parent().orElseThrow().hints().get(0));
        }
        String deep = "very-long-folder-name/".repeat(20) + "p.vhd";
        image.update(ImageAttributes.NONE.withParent(link(3, deep)));
        image.flush();
        ImageInfo info = reopened(folder.bare(VhdBytes.NAME).copy()).info();
        assertEquals(List.of("p.vhd"), info.parent().orElseThrow().hints());
    }

    @Test
    void baseThatWasAChildIsWholeAtAnyMoment() throws IOException {
        MemoryFolder origin = created(ImageSpec.base(BLOCKS * BLOCK, Set.of()).withParent(link(1, "first.vhd")));
        atEveryCrash(
                origin,
                image -> {
                    image.image().update(ImageAttributes.NONE.withParent(ParentLink.NONE));
                    image.flush();
                },
                (file, tick) -> {
                    ImageInfo info = reopened(file).info();
                    info.parent().ifPresent(link -> assertEquals(new UUID(1, 1), link.uuid()));
                    assertTrue(tick < clock.now() || info.parent().isEmpty());
                });
    }

    @Test
    void manyNewBlocksTakeFewFlushes() throws IOException {
        Log log = new Log();
        MemoryFolder folder =
                created(ImageSpec.base(4000L * BLOCK, Set.of())).copy(storage -> new RecordingStorage(storage, log));
        ImageDriver image = new ImageDriver(backend.open(TestImageContext.forWriting(folder, VhdBytes.NAME)));
        for (int block = 0; block < 4000; block++) {
            image.write((long) block * BLOCK, new byte[] {1});
        }
        image.flush();
        int flushes = log.calls(Kind.FLUSH).size();
        assertTrue(flushes < 24, () -> flushes + " flushes");
    }

    @Test
    void writingInPlaceTakesOneFlushAndNoWriteOfOurs() throws IOException {
        Log log = new Log();
        MemoryFolder folder =
                created(ImageSpec.base(BLOCKS * BLOCK, Set.of())).copy(storage -> new RecordingStorage(storage, log));
        ImageDriver image = new ImageDriver(backend.open(TestImageContext.forWriting(folder, VhdBytes.NAME)));
        image.write(0, new byte[BLOCK]);
        image.flush();
        log.clear();
        image.write(512, new byte[512]);
        image.flush();
        assertEquals(1, log.calls(Kind.FLUSH).size());
        assertEquals(1, log.calls(Kind.WRITE).size());
    }
}
