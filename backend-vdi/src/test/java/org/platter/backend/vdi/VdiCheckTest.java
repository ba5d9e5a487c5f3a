// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.platter.format.CheckReport;
import org.platter.format.CheckReport.Finding;
import org.platter.format.CheckReport.Severity;
import org.platter.format.Image;
import org.platter.format.ImageContext;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.format.Run;
import org.platter.storage.Storage;
import org.platter.testkit.ForwardingStorage;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** Every fault is found, and mended without loss of what can be read. */
class VdiCheckTest {
    private static final int BLOCK = 4096;

    private VdiBytes bytes;

    /** Blocks 0 to 3 at 3, 2, 1, 0; 4 zero; the rest free. */
    @BeforeEach
    void make() throws IOException {
        bytes = VdiBytes.image(8 * BLOCK, BLOCK).u32(VdiBytes.ALLOCATED, 4).entry(4, VdiBytes.ZERO);
        for (int block = 0; block < 4; block++) {
            bytes.entry(block, 3 - block).data(3 - block, 0xC0 + block);
        }
    }

    private Image open(Mode mode) throws IOException {
        return new VdiBackend().open(TestImageContext.of(bytes.folder(), VdiBytes.NAME, mode));
    }

    private static byte[] filled(int value) {
        byte[] block = new byte[BLOCK];
        Arrays.fill(block, (byte) value);
        return block;
    }

    private void assertBlocks(int... values) throws IOException {
        ImageDriver image = new ImageDriver(open(Mode.WRITE));
        for (int block = 0; block < values.length; block++) {
            assertArrayEquals(filled(values[block]), image.read(block * BLOCK, BLOCK), "block " + block);
        }
    }

    private CheckReport found(long errors, long leaks) throws IOException {
        return found(errors, leaks, RepairMode.SAFE);
    }

    /** As below, and a safe repair changes nothing, because something can be lost. */
    private CheckReport foundLossy(long errors, long leaks) throws IOException {
        byte[] before = bytes.storage().bytes();
        CheckReport safe = open(Mode.WRITE).repair(RepairMode.SAFE, Progress.NONE);
        assertEquals(errors, safe.errors(), safe::toString);
        assertEquals(0, safe.repaired());
        assertTrue(safe.findings().stream().allMatch(each -> each.what().contains("; left as it is, because ")));
        assertArrayEquals(before, bytes.storage().bytes());
        return found(errors, leaks, RepairMode.LOSSY);
    }

    /** Checks for reading and for writing alike, repairs, and demands that nothing is wrong any more. */
    private CheckReport found(long errors, long leaks, RepairMode repair) throws IOException {
        byte[] before = bytes.storage().bytes();
        for (Mode mode : List.of(Mode.READ, Mode.WRITE)) {
            CheckReport report = open(mode).check(Progress.NONE);
            assertEquals(errors, report.errors(), report::toString);
            assertEquals(leaks, report.leaks(), report::toString);
        }
        assertArrayEquals(before, bytes.storage().bytes());
        Image image = open(Mode.WRITE);
        CheckReport repaired = image.repair(repair, Progress.NONE);
        assertEquals(0, repaired.errors() + repaired.leaks(), repaired::toString);
        assertTrue(errors + leaks == 0 || repaired.repaired() > 0);
        assertClean(image.check(Progress.NONE));
        image.flush();
        assertClean(open(Mode.WRITE).check(Progress.NONE));
        return repaired;
    }

    private static void assertClean(CheckReport report) {
        assertEquals(List.of(), report.findings());
        assertEquals(0, report.errors() + report.leaks());
    }

    @Test
    void soundImageIsClean() throws IOException {
        assertClean(open(Mode.READ).check(Progress.NONE));
        byte[] before = bytes.storage().bytes();
        assertEquals(0, found(0, 0).repaired());
        assertArrayEquals(before, bytes.storage().bytes());
    }

    @Test
    void blocksAtOnePlaceEachGetTheirOwn() throws IOException {
        bytes.entry(5, 3).entry(6, 3);
        CheckReport report = found(2, 0);
        assertEquals(5L * BLOCK, report.findings().get(0).offset());
        assertBlocks(0xC0, 0xC1, 0xC2, 0xC3, 0, 0xC0, 0xC0, 0);
        ImageDriver image = new ImageDriver(open(Mode.WRITE));
        image.write(5 * BLOCK, filled(1));
        assertBlocks(0xC0, 0xC1, 0xC2, 0xC3, 0, 1, 0xC0, 0);
    }

    /** 3 MiB of file ask for copies of 64 GiB; whoever wants them has to say so. */
    @Test
    void manyBlocksAtOnePlaceAreNotCopiedUnasked() throws IOException {
        int blocks = 1 << 16;
        bytes = VdiBytes.image((long) blocks << 20, 1 << 20).u32(VdiBytes.ALLOCATED, 1);
        for (int block = 0; block < blocks; block++) {
            bytes.entry(block, 0);
        }
        bytes.data(0, 7);
        long before = bytes.storage().size();
        Image image = open(Mode.WRITE);
        CheckReport report = image.repair(RepairMode.SAFE, Progress.NONE);
        assertEquals(blocks - 1, report.errors());
        assertEquals(0, report.repaired());
        assertTrue(report.findings().get(0).what().endsWith((blocks - 1L << 20) + " bytes more"), report::toString);
        image.flush();
        assertEquals(before, bytes.storage().size());
    }

    /** The scan goes by what the file has, not by what its header counts. */
    @Test
    void blocksThatAreCountedAndNotInTheFileTakeNoTime() throws IOException {
        bytes.entry(2, VdiBytes.FREE).u32(VdiBytes.ALLOCATED, Integer.MAX_VALUE);
        int[] asked = {0};
        Storage counting = new ForwardingStorage(bytes.storage()) {
            @Override
            public long nextData(long position) throws IOException {
                assertTrue(asked[0]++ < 100);
                return super.nextData(position);
            }
        };
        Image image = VdiImage.opened(
                counting, VdiHeader.decode(ByteBuffer.wrap(bytes.storage().bytes())), false);
        CheckReport report = image.check(Progress.NONE);
        assertEquals(1, report.leaks(), report::toString);
    }

    @Test
    void entryOutsideTheFileBecomesFree() throws IOException {
        bytes.entry(5, 7).entry(6, 0x7000_0000).entry(7, 0xFFFF_FFFD);
        foundLossy(3, 0);
        assertBlocks(0xC0, 0xC1, 0xC2, 0xC3, 0, 0, 0, 0);
        assertEquals(4, VdiBytes.u32(bytes.storage(), VdiBytes.ALLOCATED));
    }

    @Test
    void countThatIsTooLowIsRaised() throws IOException {
        bytes.u32(VdiBytes.ALLOCATED, 2);
        found(2, 0);
        assertBlocks(0xC0, 0xC1, 0xC2, 0xC3, 0, 0, 0, 0);
        assertEquals(4, VdiBytes.u32(bytes.storage(), VdiBytes.ALLOCATED));
    }

    @Test
    void countThatIsTooHighIsLowered() throws IOException {
        bytes.u32(VdiBytes.ALLOCATED, 8);
        Image image = open(Mode.WRITE);
        assertEquals(Severity.NOTE, image.check(Progress.NONE).findings().get(0).severity());
        image.repair(RepairMode.SAFE, Progress.NONE);
        assertEquals(4, VdiBytes.u32(bytes.storage(), VdiBytes.ALLOCATED));
    }

    @Test
    void blocksOfNobodyAreGivenBack() throws IOException {
        bytes.u32(VdiBytes.ALLOCATED, 6).data(4, 9).data(5, 9).entry(2, VdiBytes.FREE);
        found(0, 3);
        assertBlocks(0xC0, 0xC1, 0, 0xC3, 0, 0, 0, 0);
        assertEquals(3, VdiBytes.u32(bytes.storage(), VdiBytes.ALLOCATED));
        assertEquals(bytes.position(3), bytes.storage().size());
    }

    @Test
    void bytesBehindTheLastBlockAreCutOff() throws IOException {
        bytes.u64(bytes.position(4) + 100, 5);
        CheckReport report = found(0, 1);
        assertTrue(report.findings().get(0).what().contains("108 bytes"), report::toString);
        assertEquals(bytes.position(4), bytes.storage().size());
    }

    @Test
    void blockCutByTheEndOfTheFileKeepsWhatIsThere() throws IOException {
        bytes.size(bytes.position(3) + 512);
        foundLossy(1, 0);
        byte[] block = new ImageDriver(open(Mode.WRITE)).read(0, BLOCK);
        byte[] expected = new byte[BLOCK];
        Arrays.fill(expected, 0, 512, (byte) 0xC0);
        assertArrayEquals(expected, block);
    }

    @Test
    void fixedImageThatIsCutGetsItsEndBack() throws IOException {
        bytes = VdiBytes.image(4 * BLOCK, BLOCK).u32(VdiBytes.TYPE, 2).u32(VdiBytes.ALLOCATED, 4);
        for (int block = 0; block < 4; block++) {
            bytes.entry(block, block).data(block, 0xD0 + block);
        }
        bytes.size(bytes.position(2));
        foundLossy(2, 0);
        assertBlocks(0xD0, 0xD1, 0, 0);
        assertEquals(3, VdiBytes.u32(bytes.storage(), 512 + 12));
        assertEquals(bytes.position(4), bytes.storage().size());
    }

    @Test
    void everythingAtOnceIsMended() throws IOException {
        bytes.u32(VdiBytes.ALLOCATED, 3)
                .entry(1, 0)
                .entry(2, 77)
                .entry(5, 0)
                .entry(6, 3)
                .u64(bytes.position(5), 9);
        foundLossy(6, 4);
        assertBlocks(0xC0, 0xC3, 0, 0xC3, 0, 0xC3, 0xC0, 0);
    }

    /** The platform opens images only for their attributes where the header breaks a rule. */
    private static ImageContext infoForWriting(MemoryFolder folder) {
        TestImageContext context = TestImageContext.of(folder, VdiBytes.NAME, Mode.WRITE);
        return (ImageContext) java.lang.reflect.Proxy.newProxyInstance(
                VdiCheckTest.class.getClassLoader(),
                new Class<?>[] {ImageContext.class},
                (proxy, method, arguments) ->
                        method.getName().equals("infoOnly") ? true : method.invoke(context, arguments));
    }

    @Test
    void headerThatBreaksRulesIsMended() throws IOException {
        bytes.u32(VdiBytes.TYPE, 9).u32(VdiBytes.FLAGS, 0x70).u32(VdiBytes.ALLOCATED, 50);
        bytes.u64(VdiBytes.UUID, 0).u32(VdiBytes.LCHS_SECTOR_SIZE, 0);
        Image image = new VdiBackend().open(infoForWriting(bytes.folder()));
        assertEquals(5, image.check(Progress.NONE).errors());
        CheckReport report = image.repair(RepairMode.SAFE, Progress.NONE);
        assertEquals(5, report.repaired(), report::toString);
        Image again = open(Mode.WRITE);
        assertClean(again.check(Progress.NONE));
        assertNotEquals(0, again.info().uuid().getMostSignificantBits());
        assertBlocks(0xC0, 0xC1, 0xC2, 0xC3, 0, 0, 0, 0);
    }

    @Test
    void mapThatIsCutOffCannotBeMended() throws IOException {
        bytes.size(520);
        Image image = new VdiBackend().open(infoForWriting(bytes.folder()));
        assertEquals(1, image.check(Progress.NONE).errors());
        assertEquals(1, image.repair(RepairMode.SAFE, Progress.NONE).errors());
    }

    @Test
    void emptyHolesAreWorthANoteOnly() throws IOException {
        bytes.entry(1, VdiBytes.FREE);
        Storage storage = bytes.storage();
        storage.zero(bytes.position(2), BLOCK);
        CheckReport report = open(Mode.READ).check(Progress.NONE);
        assertEquals(0, report.errors() + report.leaks());
        assertEquals(
                List.of(Severity.NOTE),
                report.findings().stream().map(Finding::severity).toList());
        assertEquals(0, open(Mode.WRITE).repair(RepairMode.SAFE, Progress.NONE).repaired());
        assertClean(open(Mode.WRITE).check(Progress.NONE));
    }

    @Test
    void blocksOnTheirWayAreNoLeaks() throws IOException {
        ImageDriver image = new ImageDriver(open(Mode.WRITE));
        Run.Data reserved = image.allocate(6 * BLOCK, BLOCK);
        reserved.storage().write(ByteBuffer.wrap(filled(1)), reserved.position());
        image.free(0, BLOCK);
        CheckReport report = image.image().check(Progress.NONE);
        assertEquals(0, report.errors() + report.leaks(), report::toString);
    }

    @Test
    void reportsOfHugeDamageAreShort() throws IOException {
        int blocks = 50_000;
        bytes = VdiBytes.image((long) blocks * 512, 512);
        for (int block = 0; block < blocks; block++) {
            bytes.entry(block, block + 1);
        }
        CheckReport report = open(Mode.WRITE).repair(RepairMode.LOSSY, Progress.NONE);
        assertEquals(blocks, report.repaired());
        assertEquals(CheckReport.MOST, report.findings().size());
        assertClean(open(Mode.WRITE).check(Progress.NONE));
    }
}
