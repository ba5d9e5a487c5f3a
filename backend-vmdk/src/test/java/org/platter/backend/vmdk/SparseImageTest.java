// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.platter.backend.vmdk.Vmdk.NAME;
import static org.platter.backend.vmdk.Vmdk.SIZE;
import static org.platter.backend.vmdk.Vmdk.assertClean;
import static org.platter.backend.vmdk.Vmdk.created;
import static org.platter.backend.vmdk.Vmdk.open;
import static org.platter.backend.vmdk.Vmdk.peek;
import static org.platter.backend.vmdk.Vmdk.poke;
import static org.platter.backend.vmdk.Vmdk.random;

import java.io.IOException;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.ImageFlag;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.format.Run;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.TestImageContext.Mode;

/**
 * Tables of sparse images. A small image has its redundant directory at sector 21 and its one table behind, the directory
 * at 26 with its table, and grains from sector 128 on.
 */
class SparseImageTest {
    private static final int GRAIN = 65536;
    private static final long REDUNDANT = 21 * 512;
    private static final long REDUNDANT_TABLE = 22 * 512;
    private static final long DIRECTORY = 26 * 512;
    private static final long TABLE = 27 * 512;
    private static final long UNCLEAN = 0x48;

    private final byte[] data = random(1, 3 * GRAIN);

    private MemoryFolder image() throws IOException {
        return created(Set.of(), SIZE, data);
    }

    private static byte[] table(MemoryFolder folder, long position) throws IOException {
        return folder.bare(NAME).bytes(position, 2048);
    }

    private static int unclean(MemoryFolder folder) throws IOException {
        return folder.bare(NAME).bytes(UNCLEAN, 1)[0];
    }

    private static void setUnclean(MemoryFolder folder) throws IOException {
        folder.bare(NAME).write(java.nio.ByteBuffer.wrap(new byte[] {1}), UNCLEAN);
    }

    private byte[] disk() {
        return Arrays.copyOf(data, SIZE);
    }

    @Test
    void keepsBothTablesEqual() throws IOException {
        MemoryFolder folder = image();
        assertEquals(128, peek(folder, NAME, TABLE));
        assertEquals(256, peek(folder, NAME, TABLE + 4));
        assertArrayEquals(table(folder, TABLE), table(folder, REDUNDANT_TABLE));
    }

    @Test
    void isMarkedAsUncleanWhileChangesAreNotDurable() throws IOException {
        MemoryFolder folder = image();
        assertEquals(0, unclean(folder));
        ImageDriver image = open(folder, Mode.WRITE);
        image.write(0, random(2, 512));
        assertEquals(0, unclean(folder), "nothing of the tables has changed");
        image.write(10 * GRAIN, random(2, 512));
        assertEquals(1, unclean(folder));
        image.flush();
        assertEquals(0, unclean(folder));
        image.free(0, GRAIN);
        assertEquals(1, unclean(folder));
        image.close();
        assertEquals(1, unclean(folder));
        assertClean(open(folder, Mode.READ));
    }

    @Test
    void takesTheCopyOfAnEntryThatACrashKeptFromTheTable() throws IOException {
        MemoryFolder folder = image();
        poke(folder, NAME, TABLE + 4, 0);
        poke(folder, NAME, REDUNDANT_TABLE + 8, 0);
        setUnclean(folder);
        assertTrue(open(folder, Mode.READ).readsAs(disk()));
        ImageDriver image = open(folder, Mode.WRITE);
        assertTrue(image.readsAs(disk()));
        image.flush();
        assertEquals(0, peek(folder, NAME, TABLE + 4), "a flush without changes writes nothing");
        image.write(20 * GRAIN, new byte[] {1});
        image.flush();
        assertEquals(0, unclean(folder));
        assertEquals(256, peek(folder, NAME, TABLE + 4));
        assertArrayEquals(table(folder, TABLE), table(folder, REDUNDANT_TABLE));
        assertClean(image);
    }

    @Test
    void theFirstTableCountsWhereTheCopyDiffers() throws IOException {
        MemoryFolder folder = image();
        poke(folder, NAME, REDUNDANT_TABLE + 4, 0);
        poke(folder, NAME, TABLE + 12, 0);
        poke(folder, NAME, REDUNDANT_TABLE + 12, 384);
        ImageDriver image = open(folder, Mode.WRITE);
        assertTrue(image.readsAs(disk()));
        assertEquals(1, image.image().check(Progress.NONE).errors());
        image.write(20 * GRAIN, new byte[] {1});
        image.flush();
        assertArrayEquals(table(folder, TABLE), table(folder, REDUNDANT_TABLE));
        assertClean(image);
    }

    @Test
    void makesTablesThatAreNotThere() throws IOException {
        MemoryFolder folder = created(Set.of(), 100 << 20, new byte[0]);
        for (int i = 0; i < 4; i++) {
            poke(folder, NAME, 21 * 512 + 4 * i, 0);
            poke(folder, NAME, (21 + 1 + 16) * 512 + 4 * i, 0);
        }
        ImageDriver image = open(folder, Mode.WRITE);
        assertEquals(new Run.Free(0, 100 << 20), image.map(0, 100 << 20));
        byte[] bytes = random(3, 200_704);
        image.write(40 << 20, bytes);
        image.write(99 << 20, bytes);
        image.flush();
        image.close();
        image = open(folder, Mode.WRITE);
        assertArrayEquals(bytes, image.read(40 << 20, bytes.length));
        assertArrayEquals(bytes, image.read(99 << 20, bytes.length));
        assertEquals(new Run.Free(0, 32 << 20), image.map(0, 32 << 20));
        assertTrue(peek(folder, NAME, 38 * 512 + 4) != 0);
        assertEquals(0, peek(folder, NAME, 38 * 512));
        assertClean(image);
    }

    @Test
    void findsTablesThatAreAnywhere() throws IOException {
        MemoryFolder folder = image();
        MemoryStorage file = folder.bare(NAME);
        long end = file.size();
        file.write(java.nio.ByteBuffer.wrap(table(folder, TABLE)), end + 512);
        poke(folder, NAME, DIRECTORY, (int) ((end + 512) / 512));
        file.zero(TABLE, 2048);
        ImageDriver image = open(folder, Mode.WRITE);
        assertTrue(image.readsAs(disk()));
        byte[] more = random(4, 5 * GRAIN);
        image.write(30 * GRAIN, more);
        image.flush();
        assertArrayEquals(more, open(folder, Mode.READ).read(30 * GRAIN, more.length));
        assertClean(image);
    }

    @Test
    void readsGrainsAtAnySector() throws IOException {
        MemoryFolder folder = image();
        MemoryStorage file = folder.bare(NAME);
        file.write(java.nio.ByteBuffer.wrap(data, GRAIN, GRAIN), 1001 * 512);
        for (long table : new long[] {TABLE, REDUNDANT_TABLE}) {
            poke(folder, NAME, table + 4, 1001);
        }
        ImageDriver image = open(folder, Mode.WRITE);
        assertTrue(image.readsAs(disk()));
        image.write(30 * GRAIN, random(4, 5 * GRAIN));
        image.flush();
        assertTrue(image.readsAs(overlaid(30 * GRAIN, random(4, 5 * GRAIN))));
        assertEquals(0, image.image().check(Progress.NONE).errors());
    }

    private byte[] overlaid(int at, byte[] bytes) {
        byte[] disk = disk();
        System.arraycopy(bytes, 0, disk, at, bytes.length);
        return disk;
    }

    @Test
    void theDescriptorDecidesHowLargeTheDiskIs() throws IOException {
        MemoryFolder folder = image();
        poke(folder, NAME, 0x0C, (SIZE + GRAIN) / 512);
        assertEquals(SIZE, open(folder, Mode.READ).size());
        poke(folder, NAME, 0x0C, SIZE / 512 - 1);
        Vmdk.assertCode(ErrorCode.BAD_HEADER, () -> open(folder, Mode.READ));
    }

    @ParameterizedTest
    @CsvSource({"40000512", "33554432, ", "4294967296", "6442450944", "1099511627776"})
    void growsToAnySize(long size) throws IOException {
        for (Set<ImageFlag> flags : java.util.List.of(Set.<ImageFlag>of(), Set.of(ImageFlag.ESX))) {
            MemoryFolder folder = created(flags, SIZE, data, "GrainSize", flags.isEmpty() ? "65536" : "512");
            ImageDriver image = open(folder, Mode.WRITE);
            image.write(SIZE - 512, random(5, 512));
            image.image().resize(size);
            assertEquals(size, image.size());
            assertArrayEquals(new byte[GRAIN], image.read(SIZE, GRAIN));
            image.write(size - 1024, random(6, 1024));
            image.flush();
            image.close();
            image = open(folder, Mode.WRITE);
            assertEquals(size, image.size());
            assertArrayEquals(data, image.read(0, data.length));
            assertArrayEquals(random(5, 512), image.read(SIZE - 512, 512));
            assertArrayEquals(random(6, 1024), image.read(size - 1024, 1024));
            assertClean(image);
        }
    }

    @Test
    void whatTheLastGrainHeldBehindTheEndIsNotSeenAfterGrowing() throws IOException {
        MemoryFolder folder = image();
        ImageDriver image = open(folder, Mode.WRITE);
        image.write(SIZE - 512, random(5, 512));
        image.flush();
        MemoryStorage file = folder.bare(NAME);
        file.write(java.nio.ByteBuffer.wrap(random(7, GRAIN - 512)), file.size() - GRAIN + 512);
        image.image().resize(SIZE + GRAIN);
        assertArrayEquals(new byte[GRAIN], image.read(SIZE, GRAIN));
    }

    @Test
    void servesSixtyTebibytes() throws IOException {
        long size = 60L << 40;
        MemoryFolder folder = created(Set.of(), size, new byte[0]);
        ImageDriver image = open(folder, Mode.WRITE);
        assertEquals(size, image.map(0, size).length(), "tables that were never written are passed over");
        byte[] bytes = random(8, 3 * GRAIN);
        image.write(size - bytes.length, bytes);
        image.write(1L << 45, bytes);
        image.flush();
        image.close();
        image = open(folder, Mode.READ);
        assertArrayEquals(bytes, image.read(size - bytes.length, bytes.length));
        assertArrayEquals(bytes, image.read(1L << 45, bytes.length));
        assertInstanceOf(Run.Free.class, image.map(5L << 40, 1 << 20));
        assertClean(image);
    }

    @Test
    void largeDisksNeedLargeGrains() {
        Vmdk.assertCode(ErrorCode.BAD_SIZE, () -> created(Set.of(), 200L << 40, new byte[0]));
        Vmdk.assertCode(
                ErrorCode.BAD_SIZE, () -> created(Set.of(ImageFlag.ESX), 2L << 40, new byte[0], "GrainSize", "512"));
    }

    @Test
    void adjacentGrainsAreOneRun() throws IOException {
        ImageDriver image = open(image(), Mode.READ);
        Run.Data run = assertInstanceOf(Run.Data.class, image.map(512, SIZE - 512));
        assertEquals(3 * GRAIN - 512, run.length());
        assertEquals(GRAIN + 512, run.position());
        assertEquals(new Run.Free(3 * GRAIN, SIZE - 3 * GRAIN), image.map(3 * GRAIN, SIZE - 3 * GRAIN));
    }

    @Test
    void orphanedGrainsAreLeaks() throws IOException {
        MemoryFolder folder = image();
        for (long table : new long[] {TABLE, REDUNDANT_TABLE}) {
            poke(folder, NAME, table + 4, 0);
        }
        ImageDriver image = open(folder, Mode.WRITE);
        CheckReport report = image.image().check(Progress.NONE);
        assertEquals(1, report.leaks(), report.findings()::toString);
        assertEquals(0, report.errors());
        report = image.image().repair(RepairMode.SAFE, Progress.NONE);
        assertEquals(1, report.repaired());
        assertClean(image);
        byte[] disk = disk();
        Arrays.fill(disk, GRAIN, 2 * GRAIN, (byte) 0);
        assertTrue(image.readsAs(disk));
    }

    @Test
    void leaksAtTheEndAreCutOff() throws IOException {
        MemoryFolder folder = image();
        long size = folder.bare(NAME).size();
        folder.bare(NAME).write(java.nio.ByteBuffer.wrap(random(9, 5 * GRAIN)), size);
        ImageDriver image = open(folder, Mode.WRITE);
        assertEquals(5, image.image().check(Progress.NONE).leaks());
        assertEquals(5, image.image().repair(RepairMode.SAFE, Progress.NONE).repaired());
        assertEquals(size, folder.bare(NAME).size());
        assertTrue(image.readsAs(disk()));
    }

    @Test
    void redundantDirectoryIsRestored() throws IOException {
        MemoryFolder folder = image();
        poke(folder, NAME, REDUNDANT, 0);
        ImageDriver image = open(folder, Mode.WRITE);
        assertEquals(1, image.image().check(Progress.NONE).errors());
        image.image().repair(RepairMode.SAFE, Progress.NONE);
        assertClean(image);
        assertTrue(image.readsAs(disk()));
        assertTrue(peek(folder, NAME, REDUNDANT) != 0);
    }
}
