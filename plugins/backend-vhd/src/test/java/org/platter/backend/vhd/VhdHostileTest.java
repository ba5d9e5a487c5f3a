// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.Image;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.format.Run;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** Images that somebody made to hurt. Rules and rows: the list of attacks on image parsers. */
class VhdHostileTest {
    private static final int BLOCK = 4096;
    private static final int FILE = 32 << 10;

    private static Image open(byte[] file, Mode mode) throws IOException {
        return new VhdBackend().open(TestImageContext.of(MemoryFolder.of(VhdBytes.NAME, file), VhdBytes.NAME, mode));
    }

    private static void assertCode(ErrorCode code, Executable call) {
        DiskException refusal = assertThrows(DiskException.class, call);
        assertEquals(code, refusal.code(), refusal::toString);
    }

    private static void assertRefused(ErrorCode code, byte[] file) {
        for (Mode mode : List.of(Mode.READ, Mode.WRITE)) {
            assertCode(code, () -> open(file, mode));
        }
    }

    /** Four blocks: all there, four sectors there, not there, all there. */
    private static VhdBytes sound() {
        return new VhdBytes(4 * BLOCK, BLOCK, FILE)
                .block(0, 20, 0xFF, 0xA0)
                .block(1, 8, 0xF0, 0xA1)
                .block(3, 31, 0xFF, 0xA3);
    }

    private static byte[] with(Consumer<VhdBytes> change) {
        VhdBytes bytes = sound();
        change.accept(bytes);
        return bytes.sealed();
    }

    private static byte[] filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    @Test
    void blocksInAnyOrderAndPlaceAreReadAndWritten() throws IOException {
        MemoryFolder folder = sound().folder();
        ImageDriver image = new ImageDriver(new VhdBackend().open(TestImageContext.forWriting(folder, VhdBytes.NAME)));
        byte[] disk = new byte[4 * BLOCK];
        Arrays.fill(disk, 0, BLOCK, (byte) 0xA0);
        Arrays.fill(disk, BLOCK, BLOCK + 2048, (byte) 0xA1);
        Arrays.fill(disk, 3 * BLOCK, 4 * BLOCK, (byte) 0xA3);
        assertArrayEquals(disk, image.readAll());
        image.write(BLOCK + 1024, filled(BLOCK, 7));
        Arrays.fill(disk, BLOCK + 1024, 2 * BLOCK + 1024, (byte) 7);
        image.flush();
        byte[] file = folder.bare(VhdBytes.NAME).bytes();
        ImageDriver again = new ImageDriver(open(file, Mode.WRITE));
        assertArrayEquals(disk, again.readAll());
        assertEquals(8, ByteBuffer.wrap(file).getInt(VhdBytes.TABLE + 4), "the block with half its bits has moved");
        assertEquals(0, again.image().check(Progress.NONE).errors());
    }

    @Test
    void sectorWithoutItsBitIsTheParents() throws IOException {
        Image image = open(with(bytes -> bytes.on(new UUID(3, 4))), Mode.READ);
        assertInstanceOf(Run.Data.class, image.map(BLOCK + 1536, 4096));
        assertEquals(new Run.Free(BLOCK + 2048, 512), image.map(BLOCK + 2048, 512));
        assertEquals(new Run.Free(2 * BLOCK, BLOCK), image.map(2 * BLOCK, 2 * BLOCK));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 510, 511, 512, 1023, 2047})
    void fileThatEndsEarlyIsRefused(int length) {
        byte[] cut = Arrays.copyOf(sound().sealed(), length);
        assertRefused(ErrorCode.BAD_HEADER, cut);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 511, 513, 3000, 0x20000000, 0x80000000, 0xFFFFFFFF})
    void badBlockSizeIsRefused(int size) {
        assertRefused(ErrorCode.BAD_HEADER, with(bytes -> bytes.header.putInt(VhdBytes.H_BLOCK, size)));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, 511, 513, 1L << 55, (2040L << 30) + 512})
    void impossibleDiskSizeIsRefused(long size) {
        assertRefused(ErrorCode.BAD_HEADER, with(bytes -> bytes.footer.putLong(VhdBytes.F_SIZE, size)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 0x40000001, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF})
    void tableShorterThanTheDiskOrLongerThanTheFileIsRefused(int entries) {
        assertRefused(ErrorCode.BAD_HEADER, with(bytes -> bytes.header.putInt(VhdBytes.H_ENTRIES, entries)));
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 0, 511, 1537, FILE, FILE + 512, 1L << 62, Long.MIN_VALUE, 1024})
    void tableOutsideTheFileOrInTheHeaderIsRefused(long position) {
        assertRefused(ErrorCode.BAD_HEADER, with(bytes -> bytes.header.putLong(VhdBytes.H_TABLE, position)));
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 0, 511, FILE, 1L << 62, Long.MIN_VALUE, 20 * 512})
    void headerThatIsNotThereIsRefused(long position) {
        assertRefused(ErrorCode.BAD_HEADER, with(bytes -> bytes.footer.putLong(VhdBytes.F_HEADER, position)));
    }

    @Test
    void wrongChecksumsAreRefused() {
        VhdBytes bytes = sound();
        bytes.sealed();
        bytes.header.put(0x39, (byte) 1);
        assertRefused(ErrorCode.BAD_HEADER, bytes.raw());
        VhdBytes other = sound();
        other.sealed();
        other.footer.put(0x50, (byte) 1);
        assertRefused(ErrorCode.BAD_HEADER, other.raw());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 6, 7, -1})
    void unknownTypesAreRefused(int type) {
        assertRefused(ErrorCode.NOT_SUPPORTED, with(bytes -> bytes.footer.putInt(VhdBytes.F_TYPE, type)));
    }

    @Test
    void unknownVersionsAreRefused() {
        assertRefused(ErrorCode.NOT_SUPPORTED, with(bytes -> bytes.footer.putInt(0x0C, 0x20000)));
        assertRefused(ErrorCode.NOT_SUPPORTED, with(bytes -> bytes.header.putInt(VhdBytes.H_VERSION, 0x20000)));
    }

    @Test
    void savedStateIsOnlyRead() throws IOException {
        byte[] file = with(bytes -> bytes.footer.put(VhdBytes.F_SAVED, (byte) 1));
        assertEquals(4 * BLOCK, open(file, Mode.READ).info().size());
        assertCode(ErrorCode.BAD_STATE, () -> open(file, Mode.WRITE));
    }

    @Test
    void fixedDiskThatIsCutIsRefused() {
        assertRefused(
                ErrorCode.CORRUPT,
                with(bytes -> bytes.footer
                        .putInt(VhdBytes.F_TYPE, 2)
                        .putLong(VhdBytes.F_HEADER, -1)
                        .putLong(VhdBytes.F_SIZE, FILE)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x00FFFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 63})
    void blockOutsideTheFileIsAnErrorWhereItIsUsed(int sector) throws IOException {
        byte[] file = with(bytes -> bytes.u32(VhdBytes.TABLE + 8, sector));
        Image reader = open(file, Mode.READ);
        assertInstanceOf(Run.Data.class, reader.map(0, BLOCK));
        assertCode(ErrorCode.CORRUPT, () -> reader.map(3 * BLOCK - 512, 512).length());
        assertEquals(1, reader.check(Progress.NONE).errors());
        assertSafeRepairChangesNothing(file);
        assertUnchangeable(file, RepairMode.LOSSY);
    }

    private static void assertSafeRepairChangesNothing(byte[] file) throws IOException {
        MemoryFolder folder = MemoryFolder.of(VhdBytes.NAME, file.clone());
        Image image = new VhdBackend().open(TestImageContext.forWriting(folder, VhdBytes.NAME));
        CheckReport report = image.repair(RepairMode.SAFE, Progress.NONE);
        image.flush();
        assertTrue(report.errors() > 0);
        assertEquals(0, report.repaired());
        assertTrue(report.findings().stream().allMatch(each -> each.what().contains("; left as it is, because ")));
        assertArrayEquals(file, folder.bare(VhdBytes.NAME).bytes());
    }

    /** Nothing can be changed until it is repaired; then all can. */
    private static void assertUnchangeable(byte[] file, RepairMode repair) throws IOException {
        Image writer = open(file, Mode.WRITE);
        assertTrue(((Run.Data) writer.map(0, 512)).storage().readOnly());
        assertCode(ErrorCode.CORRUPT, () -> writer.allocate(2 * BLOCK, 512));
        assertCode(ErrorCode.CORRUPT, () -> writer.remap(new Run.Free(0, BLOCK)));
        assertCode(ErrorCode.CORRUPT, () -> writer.resize(8 * BLOCK));
        CheckReport report = writer.repair(repair, Progress.NONE);
        assertEquals(0, report.errors());
        assertTrue(report.repaired() > 0);
        assertEquals(
                0, writer.check(Progress.NONE).errors(), () -> report.findings().toString());
        new ImageDriver(writer).write(2 * BLOCK, filled(512, 9));
        writer.flush();
        assertEquals(0, writer.check(Progress.NONE).errors());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 8, 12, 20, 28, 16, 31})
    void blockOverAnotherOrOverTheTablesCannotBeChanged(int sector) throws IOException {
        assertUnchangeable(with(bytes -> bytes.u32(VhdBytes.TABLE + 8, sector)), RepairMode.SAFE);
    }

    @Test
    void repairGivesTwoBlocksAtOnePlaceTheSameContent() throws IOException {
        byte[] file = with(bytes -> bytes.u32(VhdBytes.TABLE + 8, 20));
        ImageDriver image = new ImageDriver(open(file, Mode.WRITE));
        byte[] before = image.readAll();
        image.image().repair(RepairMode.SAFE, Progress.NONE);
        assertArrayEquals(before, image.readAll());
        image.write(0, filled(512, 1));
        assertArrayEquals(filled(512, 0xA0), image.read(2 * BLOCK, 512));
    }

    @Test
    void repairKeepsTheSectorsThatAreThere() throws IOException {
        byte[] file = Arrays.copyOf(with(bytes -> {}), 31 * 512 + 512 + 1024);
        ImageDriver image = new ImageDriver(open(file, Mode.WRITE));
        assertArrayEquals(filled(1024, 0xA3), image.read(3 * BLOCK, 1024));
        assertCode(ErrorCode.CORRUPT, () -> image.read(3 * BLOCK + 1024, 512));
        assertSafeRepairChangesNothing(file);
        assertTrue(image.image().repair(RepairMode.LOSSY, Progress.NONE).repaired() >= 2);
        assertArrayEquals(filled(1024, 0xA3), image.read(3 * BLOCK, 1024));
        assertArrayEquals(new byte[512], image.read(3 * BLOCK + 1024, 512));
        assertEquals(0, image.image().check(Progress.NONE).errors());
    }

    /** 4 KiB of table ask for copies of 2 GiB; whoever wants them has to say so. */
    @Test
    void manyBlocksAtOnePlaceAreNotCopiedUnasked() throws IOException {
        int blocks = 1024;
        VhdBytes bytes = new VhdBytes((long) blocks << 21, 2 << 20, 3 << 20).block(0, 20, 0xFF, 0xA0);
        for (int block = 1; block < blocks; block++) {
            bytes.u32(VhdBytes.TABLE + 4 * block, 20);
        }
        assertSafeRepairChangesNothing(bytes.sealed());
    }

    /** Only the footer's 64 bits limit a fixed disk; the table of 32-bit sectors limits those that grow. */
    @Test
    void fixedDiskOfMoreThan2040GibIsMadeReadAndEnlarged() throws IOException {
        long size = 3L << 40;
        MemoryFolder folder = new MemoryFolder();
        TestImageContext context = TestImageContext.forCreate(folder, VhdBytes.NAME);
        assertCode(ErrorCode.BAD_SIZE, () -> new VhdBackend().create(context, ImageSpec.base(size, Set.of())));
        new VhdBackend().create(context, ImageSpec.base(size, Set.of(ImageFlag.FIXED)));
        Image image = new VhdBackend().open(TestImageContext.forWriting(folder, VhdBytes.NAME));
        assertEquals(size, image.info().size());
        ImageDriver driver = new ImageDriver(image);
        driver.write(size - 512, filled(512, 3));
        image.resize(size + 512);
        assertArrayEquals(filled(512, 3), driver.read(size - 512, 512));
        assertEquals(size + 512, image.info().size());
    }

    @Test
    void copyAtTheFrontServesWhereTheFooterIsLost() throws IOException {
        byte[] whole = sound().sealed();
        byte[] file = Arrays.copyOf(whole, whole.length - 512);
        assertArrayEquals(
                new ImageDriver(open(whole, Mode.READ)).readAll(), new ImageDriver(open(file, Mode.READ)).readAll());
        assertEquals(1, open(file, Mode.READ).check(Progress.NONE).errors());
        MemoryFolder folder = MemoryFolder.of(VhdBytes.NAME, file);
        Image image = new VhdBackend().open(TestImageContext.forWriting(folder, VhdBytes.NAME));
        image.flush();
        byte[] mended = folder.bare(VhdBytes.NAME).bytes();
        assertArrayEquals(Arrays.copyOf(whole, 512), Arrays.copyOfRange(mended, mended.length - 512, mended.length));
    }

    @Test
    void footerAtTheEndWinsOverTheCopy() throws IOException {
        byte[] file = with(bytes -> {});
        file[VhdBytes.F_ID] ^= 1;
        Image image = open(file, Mode.WRITE);
        assertEquals(new UUID(1, 2), image.info().uuid());
        assertEquals(1, image.check(Progress.NONE).errors());
        assertEquals(1, image.repair(RepairMode.SAFE, Progress.NONE).repaired());
        assertEquals(0, image.check(Progress.NONE).errors());
    }

    @Test
    void footerOf511BytesIsFound() throws IOException {
        byte[] whole = sound().sealed();
        byte[] file = Arrays.copyOf(whole, whole.length - 1);
        file[0] = 0;
        assertEquals(4 * BLOCK, open(file, Mode.WRITE).info().size());
        assertTrue(new VhdBackend().probe(org.platter.testkit.MemoryStorage.of(file)));
    }

    @Test
    void unknownBytesSurviveChanges() throws IOException {
        VhdBytes bytes = sound();
        bytes.footer.put(0x1F0, (byte) 0x77);
        bytes.header.put(0x3F0, (byte) 0x78);
        MemoryFolder folder = bytes.folder();
        Image image = new VhdBackend().open(TestImageContext.forWriting(folder, VhdBytes.NAME));
        image.resize(4000 * BLOCK);
        byte[] file = folder.bare(VhdBytes.NAME).bytes();
        assertEquals(0x77, file[0x1F0]);
        assertEquals(0x77, file[file.length - 512 + 0x1F0]);
        assertEquals(0x78, file[512 + 0x3F0]);
    }

    private static byte[] child(int length, long position, String relative, String name) {
        return with(bytes -> {
            bytes.on(new UUID(3, 4));
            byte[] text = relative.getBytes(StandardCharsets.UTF_16LE);
            bytes.header.put(VhdBytes.H_NAME, name.getBytes(StandardCharsets.UTF_16BE));
            bytes.header.put(VhdBytes.H_LOCATORS, "W2ru".getBytes(StandardCharsets.US_ASCII));
            bytes.header.putInt(VhdBytes.H_LOCATORS + 4, -1);
            bytes.header.putInt(VhdBytes.H_LOCATORS + 8, length == -1 ? text.length : length);
            bytes.header.putLong(VhdBytes.H_LOCATORS + 16, position);
            bytes.put(2048, text);
        });
    }

    private static List<String> hints(byte[] file) throws IOException {
        return open(file, Mode.READ).info().parent().orElseThrow().hints();
    }

    @Test
    void parentIsLookedForByTheRelativeNameThenByTheBareOne() throws IOException {
        byte[] file = child(-1, 2048, ".\\sub\\fat-parent.vhd", "C:\\Projects\\fat.vhd");
        assertEquals(List.of("sub/fat-parent.vhd", "fat.vhd"), hints(file));
        assertEquals(
                new UUID(3, 4),
                open(file, Mode.READ).info().parent().orElseThrow().uuid());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\\\server\\share\\x.vhd", "//server/x", " "})
    void namesThatCannotBeFilesAreNoHints(String name) throws IOException {
        assertEquals(List.of("plain.vhd"), hints(named(name.getBytes(StandardCharsets.UTF_16LE))));
        assertEquals(List.of("plain.vhd"), hints(named(new byte[] {0, (byte) 0xD8})), "half a character");
    }

    private static byte[] named(byte[] text) {
        VhdBytes bytes = sound().on(new UUID(3, 4));
        bytes.header.put(VhdBytes.H_NAME, "plain.vhd".getBytes(StandardCharsets.UTF_16BE));
        bytes.header.put(VhdBytes.H_LOCATORS, "W2ru".getBytes(StandardCharsets.US_ASCII));
        bytes.header.putInt(VhdBytes.H_LOCATORS + 8, text.length);
        bytes.header.putLong(VhdBytes.H_LOCATORS + 16, 2048);
        return bytes.put(2048, text).sealed();
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 0, 511, FILE, 1L << 62, Long.MIN_VALUE})
    void locatorOutsideTheFileIsNoHint(long position) throws IOException {
        assertEquals(List.of("b.vhd"), hints(child(-1, position, "a.vhd", "b.vhd")));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 0x10001, 0x7FFFFFFF, 0x80000000})
    void locatorOfImpossibleLengthIsNoHint(int length) throws IOException {
        assertEquals(List.of("b.vhd"), hints(child(length, 2048, "a.vhd", "b.vhd")));
    }

    @Test
    void hugeSparseFileOfSmallBlocksIsReadAndNotWritten() throws IOException {
        VhdBytes bytes = new VhdBytes(4 * 512, 512, 4096).u32(VhdBytes.TABLE, 0xF000_0000);
        byte[] file = bytes.sealed();
        MemoryFolder folder = MemoryFolder.of(VhdBytes.NAME, file);
        folder.bare(VhdBytes.NAME).resize(0xF800_0000L * 512);
        folder.bare(VhdBytes.NAME).write(ByteBuffer.wrap(file, 0, 512), 0xF800_0000L * 512);
        Image reader = new VhdBackend().open(TestImageContext.forReading(folder, VhdBytes.NAME));
        assertEquals(new Run.Free(0, 512), reader.map(0, 512));
        assertCode(
                ErrorCode.NOT_SUPPORTED,
                () -> new VhdBackend().open(TestImageContext.forWriting(folder, VhdBytes.NAME)));
    }
}
