// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.platter.backend.vmdk.Vmdk.NAME;
import static org.platter.backend.vmdk.Vmdk.assertClean;
import static org.platter.backend.vmdk.Vmdk.created;
import static org.platter.backend.vmdk.Vmdk.open;
import static org.platter.backend.vmdk.Vmdk.poke;
import static org.platter.backend.vmdk.Vmdk.random;

import java.io.IOException;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.platter.backend.vmdk.layout.CowdWriter;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.Geometry;
import org.platter.format.ImageFlag;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.TestImageContext.Mode;

/**
 * Damaged tables: what they read as, that nothing is changed before a repair, and what a repair makes of them. The disk
 * has three tables; the redundant directory is at sector 21, its tables at 22, 26 and 30, the directory at 34, its tables
 * at 35, 39 and 43.
 */
class SparseRepairTest {
    private static final int GRAIN = 65536;
    private static final int SIZE = 70 << 20;
    private static final int DATA = 40 * GRAIN;
    private static final int REDUNDANT = 21 * 512;
    private static final int DIRECTORY = 34 * 512;
    private static final int TABLE = 35 * 512;
    private static final int REDUNDANT_TABLE = 22 * 512;
    private static final int SECOND = 39 * 512;

    private final byte[] data = random(1, DATA);
    private final byte[] far = random(2, 10 * GRAIN);

    /** Data at the start of the disk and at 33 MiB, in the second table. */
    private MemoryFolder image() throws IOException {
        MemoryFolder folder = created(Set.of(), SIZE, data);
        try (ImageDriver image = open(folder, Mode.WRITE)) {
            image.write(33 << 20, far);
            image.flush();
        }
        return folder;
    }

    private byte[] disk() {
        byte[] disk = Arrays.copyOf(data, SIZE);
        System.arraycopy(far, 0, disk, 33 << 20, far.length);
        return disk;
    }

    /** Damage that leaves what the disk reads as, or loses only what was lost before. */
    @FunctionalInterface
    private interface Damage {
        void to(MemoryFolder folder) throws IOException;
    }

    private static void both(MemoryFolder folder, int grain, int sector) throws IOException {
        poke(folder, NAME, TABLE + 4L * grain, sector);
        poke(folder, NAME, REDUNDANT_TABLE + 4L * grain, sector);
    }

    static Stream<Arguments> damages() {
        return Stream.of(
                damage("two grains in one place", 1, folder -> both(folder, 5, 128 + 7 * 128)),
                damage("grains overlap in part", 1, folder -> both(folder, 5, 128 + 7 * 128 + 3)),
                damage("all grains in one place", 39, folder -> {
                    for (int grain = 0; grain < 40; grain++) {
                        both(folder, grain, 128);
                    }
                }),
                damage("grain on a table", 1, folder -> both(folder, 5, 35)),
                damage("grain on the directory", 1, folder -> both(folder, 5, 34)),
                damage("grain on the header", 1, folder -> both(folder, 5, 1)),
                damage("grain on the descriptor", 1, folder -> both(folder, 5, 20)),
                damage("grain behind the end", 1, folder -> both(folder, 5, 1 << 20)),
                damage("grain at the highest sector", 1, folder -> both(folder, 5, -1)),
                damage("grain cut off", 1, folder -> {
                    long size = folder.bare(NAME).size();
                    folder.bare(NAME).resize(size - 512);
                }),
                damage("table behind the end", 1, folder -> poke(folder, NAME, DIRECTORY + 4, 1 << 22)),
                damage("copy of a table behind the end", 1, folder -> poke(folder, NAME, REDUNDANT + 4, -1)),
                damage("table on the header", 1, folder -> poke(folder, NAME, DIRECTORY + 4, 1)),
                damage("table and copy behind the end", 1, folder -> {
                    poke(folder, NAME, DIRECTORY + 4, 1 << 22);
                    poke(folder, NAME, REDUNDANT + 4, 1 << 22);
                }),
                damage("one table for two ranges", 1, folder -> {
                    poke(folder, NAME, DIRECTORY + 8, 39);
                    poke(folder, NAME, REDUNDANT + 8, 26);
                }),
                damage("table and its copy in one place", 1, folder -> poke(folder, NAME, REDUNDANT + 4, 39)),
                damage("all tables and copies in one place", 1, folder -> {
                    for (int i = 0; i < 3; i++) {
                        poke(folder, NAME, REDUNDANT + 4 * i, 35 + 4 * i);
                    }
                }),
                damage("table on a directory", 1, folder -> poke(folder, NAME, DIRECTORY + 8, 32)));
    }

    /** 2.6 MiB of file ask for copies of 70 MiB; whoever wants them has to say so. */
    @Test
    void manyGrainsInOnePlaceAreNotCopiedUnasked() throws IOException {
        MemoryFolder folder = image();
        for (int grain = 0; grain < SIZE / GRAIN; grain++) {
            both(folder, grain, 128);
        }
        MemoryFolder before = folder.copy();
        ImageDriver image = open(folder, Mode.WRITE);
        CheckReport report = image.image().repair(RepairMode.SAFE, Progress.NONE);
        image.flush();
        assertEquals(SIZE / GRAIN - 1, report.errors());
        assertTrue(report.findings().get(0).what().endsWith("take " + (SIZE - GRAIN) + " bytes more"));
        assertTrue(folder.sameBytes(before));
        assertEquals(0, image.image().repair(RepairMode.LOSSY, Progress.NONE).errors());
        assertClean(image);
    }

    /** A directory that names one table 16 384 times: 80 KiB of file, tables of 256 MiB if each were read. */
    @Test
    void oneTableForAllIsReadOnce() throws IOException {
        int tables = 1 << 14;
        long size = tables * 4096L * 512;
        MemoryFolder folder = Vmdk.described("vmfsSparse", "RW " + size / 512 + " VMFSSPARSE \"x\"");
        CowdWriter.create(folder.create("x"), size, 512, Geometry.physical(size), "");
        int table = (2048 + 4 * tables) / 512;
        for (int i = 0; i < tables; i++) {
            poke(folder, "x", 2048 + 4 * i, table);
        }
        poke(folder, "x", table * 512L, table + 32);
        folder.bare("x").resize((table + 33) * 512L);
        MemoryFolder before = folder.copy();
        ImageDriver image = open(folder, Mode.WRITE);
        long[] looked = {0};
        CheckReport report = image.image().check(bytes -> looked[0] += bytes);
        assertEquals(tables - 1, report.errors());
        assertTrue(looked[0] < 8 << 20, () -> looked[0] + " bytes were looked at");
        assertEquals(0, image.image().repair(RepairMode.SAFE, Progress.NONE).repaired());
        image.flush();
        assertTrue(folder.sameBytes(before));
    }

    private static Arguments damage(String name, int least, Damage damage) {
        return Arguments.of(name, least, damage);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("damages")
    void isFoundRefusedForWritingAndMended(String name, int least, Damage damage) throws IOException {
        MemoryFolder folder = image();
        damage.to(folder);
        CheckReport found = open(folder, Mode.READ).image().check(Progress.NONE);
        assertTrue(found.errors() >= least, found.findings()::toString);
        MemoryFolder before = folder.copy();
        ImageDriver image = open(folder, Mode.WRITE);
        assertThrows(DiskException.class, () -> image.write(5 * GRAIN, new byte[512]));
        assertThrows(DiskException.class, () -> image.write(60 << 20, new byte[512]));
        image.flush();
        assertTrue(folder.sameBytes(before), "a damaged image was changed");

        byte[] disk = asFarAsReadable(image);
        CheckReport mended = image.image().repair(RepairMode.SAFE, Progress.NONE);
        if (mended.errors() > 0) {
            assertTrue(mended.findings().get(0).what().contains("; left as it is"), mended.findings()::toString);
            image.flush();
            assertTrue(folder.sameBytes(before), "a safe repair changed what it could not mend");
            mended = image.image().repair(RepairMode.LOSSY, Progress.NONE);
            assertTrue(mended.findings().stream().anyMatch(each -> each.what().contains("; lost: ")));
        }
        assertTrue(mended.repaired() >= least, mended.findings()::toString);
        assertEquals(0, mended.errors());
        image.flush();
        assertClean(image);
        assertReads(disk, image);
        image.write(60 << 20, random(3, GRAIN));
        image.flush();
        image.close();
        ImageDriver again = open(folder, Mode.WRITE);
        assertReads(disk, again);
        assertClean(again);
    }

    /** The disk as far as it can be read before the repair; -1 in every byte of what cannot be. */
    private static byte[] asFarAsReadable(ImageDriver image) throws IOException {
        byte[] disk = new byte[SIZE];
        for (int at = 0; at < SIZE; at += GRAIN) {
            try {
                System.arraycopy(image.read(at, GRAIN), 0, disk, at, GRAIN);
            } catch (DiskException e) {
                assertEquals(ErrorCode.CORRUPT, e.code());
                Arrays.fill(disk, at, at + GRAIN, (byte) -1);
            }
        }
        return disk;
    }

    /** What could be read before reads the same. */
    private static void assertReads(byte[] before, ImageDriver image) throws IOException {
        byte[] lost = new byte[GRAIN];
        Arrays.fill(lost, (byte) -1);
        for (int at = 0; at < 50 << 20; at += GRAIN) {
            byte[] expected = Arrays.copyOfRange(before, at, at + GRAIN);
            if (!Arrays.equals(lost, expected)) {
                int place = at;
                assertTrue(Arrays.equals(expected, image.read(at, GRAIN)), () -> "differs at " + place);
            }
        }
    }

    @Test
    void healthyImageIsNotChanged() throws IOException {
        MemoryFolder folder = image();
        MemoryFolder before = folder.copy();
        ImageDriver image = open(folder, Mode.WRITE);
        CheckReport report = image.image().repair(RepairMode.SAFE, Progress.NONE);
        assertEquals(0, report.errors() + report.leaks() + report.repaired());
        image.flush();
        image.close();
        assertTrue(folder.sameBytes(before));
        assertTrue(open(folder, Mode.READ).readsAs(disk()));
    }

    @Test
    void whatIsThereOfAGrainThatIsCutOffStays() throws IOException {
        MemoryFolder folder = image();
        folder.bare(NAME).resize(folder.bare(NAME).size() - 1536);
        int last = (33 << 20) + far.length;
        byte[] expected = Arrays.copyOfRange(far, far.length - GRAIN, far.length - 1536);
        ImageDriver damaged = open(folder, Mode.READ);
        assertTrue(Arrays.equals(expected, damaged.read(last - GRAIN, GRAIN - 1536)));
        Vmdk.assertCode(ErrorCode.CORRUPT, () -> damaged.read(last - 512, 512));
        ImageDriver image = open(folder, Mode.WRITE);
        image.image().repair(RepairMode.LOSSY, Progress.NONE);
        assertTrue(Arrays.equals(Arrays.copyOf(expected, GRAIN), image.read(last - GRAIN, GRAIN)));
        assertClean(image);
    }

    @Test
    void theRestOfADownloadThatWasCutOffStillFits() throws IOException {
        MemoryFolder folder = image();
        MemoryFolder whole = folder.copy();
        long size = folder.bare(NAME).size();
        folder.bare(NAME).resize(size / 2 + 700);
        MemoryFolder cut = folder.copy();
        ImageDriver image = open(folder, Mode.WRITE);
        CheckReport report = image.image().repair(RepairMode.SAFE, Progress.NONE);
        assertEquals(0, report.repaired());
        assertTrue(report.errors() > 10, report.findings()::toString);
        assertTrue(report.findings().get(0).what().contains("65536 bytes of the disk"), report.findings()::toString);
        image.flush();
        image.close();
        assertTrue(folder.sameBytes(cut));
        byte[] rest = whole.bare(NAME).bytes(size / 2 + 700, (int) (size - size / 2 - 700));
        folder.bare(NAME).write(java.nio.ByteBuffer.wrap(rest), size / 2 + 700);
        assertTrue(open(folder, Mode.WRITE).readsAs(disk()));
    }

    @Test
    void aRefusedWriteChangesNothing() throws IOException {
        MemoryFolder folder = image();
        both(folder, 5, 1);
        MemoryFolder before = folder.copy();
        ImageDriver image = open(folder, Mode.WRITE);
        String id = image.image().info().contentId();
        org.platter.format.ImageAttributes changes =
                org.platter.format.ImageAttributes.NONE.withModificationUuid(new java.util.UUID(7, 8));
        Vmdk.assertCode(ErrorCode.CORRUPT, () -> image.image().update(changes));
        Vmdk.assertCode(ErrorCode.CORRUPT, () -> image.image().allocate(60 << 20, GRAIN));
        Vmdk.assertCode(ErrorCode.CORRUPT, () -> image.image().resize(SIZE * 2L));
        image.flush();
        image.close();
        assertEquals(id, image.image().info().contentId());
        assertTrue(folder.sameBytes(before));
    }

    @Test
    void bytesBehindTheLastWholeGrainAreALeakThatIsFoundOnce() throws IOException {
        MemoryFolder folder = image();
        folder.bare(NAME)
                .write(
                        java.nio.ByteBuffer.wrap(random(9, 100)),
                        folder.bare(NAME).size());
        for (Mode mode : new Mode[] {Mode.READ, Mode.WRITE}) {
            CheckReport report = org.junit.jupiter.api.Assertions.assertTimeoutPreemptively(
                    java.time.Duration.ofSeconds(20),
                    () -> open(folder, mode).image().check(Progress.NONE));
            assertEquals(0, report.errors());
            assertEquals(1, report.leaks());
        }
        ImageDriver image = open(folder, Mode.WRITE);
        assertEquals(1, image.image().repair(RepairMode.SAFE, Progress.NONE).repaired());
        assertClean(image);
        assertTrue(image.readsAs(disk()));
    }

    @Test
    void tableIsRestoredFromItsCopy() throws IOException {
        MemoryFolder folder = image();
        poke(folder, NAME, DIRECTORY + 4, 1 << 22);
        ImageDriver image = open(folder, Mode.WRITE);
        image.image().repair(RepairMode.SAFE, Progress.NONE);
        assertTrue(image.readsAs(disk()));
    }

    @Test
    void grainThatIsAZeroMarkWithoutTheFlagIsAFault() throws IOException {
        MemoryFolder folder = created(Set.of(ImageFlag.SPLIT_2G), SIZE, data);
        String part = "disk-s001.vmdk";
        poke(folder, part, 15 * 512 + 4L * 5, 1);
        poke(folder, part, 2 * 512 + 4L * 5, 1);
        ImageDriver image = open(folder, Mode.READ);
        Vmdk.assertCode(ErrorCode.CORRUPT, () -> image.read(5 * GRAIN, 512));
        assertEquals(1, image.image().check(Progress.NONE).errors());
    }

    @Test
    void cowdExtentsAreMendedToo() throws IOException {
        MemoryFolder folder = created(Set.of(ImageFlag.ESX), 4 << 20, random(4, 1 << 20), "GrainSize", "512");
        String part = "disk-delta.vmdk";
        int table = Vmdk.peek(folder, part, 2048) * 512;
        poke(folder, part, table + 8, Vmdk.peek(folder, part, table + 12));
        poke(folder, part, table + 16, 1 << 30);
        ImageDriver image = open(folder, Mode.WRITE);
        byte[] third = image.read(3 * 512, 512);
        assertEquals(2, image.image().check(Progress.NONE).errors());
        assertThrows(DiskException.class, () -> image.write(0, new byte[512]));
        image.image().repair(RepairMode.LOSSY, Progress.NONE);
        assertClean(image);
        assertTrue(Arrays.equals(third, image.read(2 * 512, 512)));
        image.write(0, new byte[512]);
        image.flush();
        assertClean(open(folder, Mode.WRITE));
    }

    @Test
    void secondTableIsWhereThisTestThinks() throws IOException {
        assertTrue(Vmdk.peek(image(), NAME, SECOND + 16 * 4) != 0);
    }
}
