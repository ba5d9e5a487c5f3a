// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.Image;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.testkit.CrashClock;
import org.platter.testkit.CrashClock.Survival;
import org.platter.testkit.CrashStorage;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

class VdiResizeTest {
    private static final int BLOCK = 4096;

    private static ImageDriver open(MemoryFolder folder, Mode mode) throws IOException {
        return new ImageDriver(new VdiBackend().open(TestImageContext.of(folder, VdiBytes.NAME, mode)));
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    /** A full image whose map ends where the data starts. */
    private static VdiBytes full(int blocks) throws IOException {
        VdiBytes bytes = VdiBytes.image((long) blocks * BLOCK, BLOCK);
        ImageDriver image = open(bytes.folder(), Mode.WRITE);
        image.write(0, random(blocks * BLOCK));
        image.flush();
        return bytes;
    }

    private static void assertClean(ImageDriver image) throws IOException {
        CheckReport report = image.image().check(Progress.NONE);
        assertEquals(0, report.errors() + report.leaks(), report::toString);
    }

    @ParameterizedTest
    @ValueSource(ints = {129, 256, 300, 1153, 5000, 70000})
    void fullImageWithoutRoomBehindItsMapGrows(int blocks) throws IOException {
        VdiBytes bytes = full(128);
        ImageDriver image = open(bytes.folder(), Mode.WRITE);
        image.image().resize((long) blocks * BLOCK);
        assertEquals((long) blocks * BLOCK, image.size());
        assertArrayEquals(random(128 * BLOCK), image.read(0, 128 * BLOCK));
        assertEquals(0, image.read((blocks - 1) * BLOCK, 512)[0]);
        assertClean(image);
        image.write((blocks - 1L) * BLOCK, random(BLOCK));
        image.flush();
        image = open(bytes.folder(), Mode.WRITE);
        assertArrayEquals(random(128 * BLOCK), image.read(0, 128 * BLOCK));
        assertArrayEquals(random(BLOCK), image.read((blocks - 1) * BLOCK, BLOCK));
        assertClean(image);
        assertTrue(VdiBytes.u32(bytes.storage(), VdiBytes.MAP_POSITION) % 512 == 0);
        assertTrue(VdiBytes.u32(bytes.storage(), VdiBytes.DATA_POSITION) % 512 == 0);
        assertEquals(blocks, VdiBytes.u32(bytes.storage(), VdiBytes.BLOCKS));
        assertEquals('m', bytes.storage().bytes(4, 1)[0], "the text in front has changed");
    }

    @Test
    void growsInManySteps() throws IOException {
        VdiBytes bytes = full(128);
        for (int blocks = 200; blocks < 20_000; blocks = blocks * 3 / 2) {
            ImageDriver image = open(bytes.folder(), Mode.WRITE);
            image.image().resize((long) blocks * BLOCK);
            image.write((blocks - 1L) * BLOCK, random(512));
            image.flush();
            image = open(bytes.folder(), Mode.WRITE);
            assertArrayEquals(random(128 * BLOCK), image.read(0, 128 * BLOCK));
            assertArrayEquals(random(512), image.read((blocks - 1) * BLOCK, 512));
            assertClean(image);
        }
    }

    @Test
    void emptyImageGrowsBeyondTheRoomOfItsBlocks() throws IOException {
        VdiBytes bytes = VdiBytes.image(10 * BLOCK, BLOCK);
        ImageDriver image = open(bytes.folder(), Mode.WRITE);
        image.image().resize(100_000L * BLOCK);
        long data = Integer.toUnsignedLong(VdiBytes.u32(bytes.storage(), VdiBytes.DATA_POSITION));
        assertTrue(data >= VdiBytes.u32(bytes.storage(), VdiBytes.MAP_POSITION) + 400_000);
        image.write(99_999L * BLOCK, random(BLOCK));
        image.flush();
        assertClean(open(bytes.folder(), Mode.WRITE));
    }

    @Test
    void extraBytesInFrontOfBlocksStay() throws IOException {
        VdiBytes bytes = VdiBytes.image(128 * BLOCK, BLOCK, 1024);
        ImageDriver image = open(bytes.folder(), Mode.WRITE);
        image.write(0, random(60 * BLOCK));
        image.flush();
        image.image().resize(4000 * BLOCK);
        assertArrayEquals(random(60 * BLOCK), open(bytes.folder(), Mode.READ).read(0, 60 * BLOCK));
        assertClean(open(bytes.folder(), Mode.WRITE));
    }

    @Test
    void growingWithinTheLastBlockShowsZeroes() throws IOException {
        VdiBytes bytes = VdiBytes.image(BLOCK + 512, BLOCK).u32(VdiBytes.ALLOCATED, 1);
        bytes.entry(1, 0).data(0, 0xEE);
        ImageDriver image = open(bytes.folder(), Mode.WRITE);
        image.image().resize(2 * BLOCK);
        byte[] expected = new byte[BLOCK];
        Arrays.fill(expected, 0, 512, (byte) 0xEE);
        assertArrayEquals(expected, image.read(BLOCK, BLOCK));
    }

    @Test
    void entriesThatWereOfNoUseBecomeFree() throws IOException {
        VdiBytes bytes = VdiBytes.image(10 * BLOCK, BLOCK).u64(VdiBytes.DISK_SIZE, 5 * BLOCK);
        bytes.entry(7, 3);
        ImageDriver image = open(bytes.folder(), Mode.WRITE);
        image.image().resize(8 * BLOCK);
        assertEquals(10, VdiBytes.u32(bytes.storage(), VdiBytes.BLOCKS));
        assertArrayEquals(new byte[8 * BLOCK], open(bytes.folder(), Mode.WRITE).readAll());
    }

    @Test
    void sameSizeIsNoChange() throws IOException {
        VdiBytes bytes = full(8);
        byte[] before = bytes.storage().bytes();
        open(bytes.folder(), Mode.WRITE).image().resize(8 * BLOCK);
        assertArrayEquals(before, bytes.storage().bytes());
    }

    @Test
    void refusesWhatCannotBeBeforeItChangesAnything() throws IOException {
        VdiBytes bytes = full(128);
        byte[] before = bytes.storage().bytes();
        Image image = open(bytes.folder(), Mode.WRITE).image();
        assertCode(ErrorCode.NOT_SUPPORTED, image, 64 * BLOCK);
        assertCode(ErrorCode.NOT_SUPPORTED, image, -1);
        assertCode(ErrorCode.BAD_SIZE, image, Long.MAX_VALUE);
        assertCode(ErrorCode.BAD_SIZE, image, (1L << 30) * BLOCK);
        assertArrayEquals(before, bytes.storage().bytes());
    }

    private static void assertCode(ErrorCode code, Image image, long size) {
        assertEquals(
                code,
                assertThrows(DiskException.class, () -> image.resize(size)).code());
    }

    @Test
    void lossOfPowerWhileAFullImageGrowsLosesNothing() throws IOException {
        VdiBytes bytes = full(128);
        CrashClock clock = new CrashClock();
        MemoryFolder folder = bytes.folder().copy(storage -> new CrashStorage((MemoryStorage) storage, clock));
        open(folder, Mode.WRITE).image().resize(4000L * BLOCK);
        CrashStorage storage = (CrashStorage) folder.open(VdiBytes.NAME);
        boolean interrupted = false;
        for (int tick = 1; tick <= clock.now(); tick++) {
            for (Survival survival : List.of(Survival.NOTHING, Survival.EVERYTHING, Survival.some(tick))) {
                MemoryStorage left = clock.crash(storage, tick, survival);
                interrupted |= assertWhole(MemoryFolder.of(VdiBytes.NAME, left), "tick " + tick + " " + survival);
            }
        }
        assertTrue(interrupted, "no loss of power hit the state in between");
    }

    /** Gives whether a resize was interrupted in a way that has to be mended. */
    private static boolean assertWhole(MemoryFolder folder, String when) throws IOException {
        ImageDriver image = open(folder, Mode.WRITE);
        assertTrue(List.of(128L * BLOCK, 4000L * BLOCK).contains(image.size()), when);
        assertArrayEquals(random(128 * BLOCK), image.read(0, 128 * BLOCK), when);
        boolean interrupted = image.image().check(Progress.NONE).errors() > 0;
        if (interrupted) {
            image.image().repair(RepairMode.SAFE, Progress.NONE);
            assertClean(image);
            assertArrayEquals(random(128 * BLOCK), image.read(0, 128 * BLOCK), when);
            assertFalse(VdiHeader.decode(
                            java.nio.ByteBuffer.wrap(folder.bare(VdiBytes.NAME).bytes(0, VdiHeader.BYTES)))
                    .pre()
                    .resizing());
        }
        image.image().resize(5000L * BLOCK);
        assertArrayEquals(random(128 * BLOCK), open(folder, Mode.WRITE).read(0, 128 * BLOCK), when);
        return interrupted;
    }
}
