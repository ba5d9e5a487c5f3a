// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Image;
import org.platter.format.ImageAttributes;
import org.platter.format.Run;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** Images that somebody made to hurt. Rules and rows: the list of attacks on image parsers. */
class VdiHostileTest {
    private static final int BLOCK = 4096;

    private static Image open(VdiBytes image, Mode mode) throws IOException {
        return new VdiBackend().open(TestImageContext.of(image.folder(), VdiBytes.NAME, mode));
    }

    private static void assertRefused(VdiBytes image, ErrorCode... codes) {
        for (Mode mode : Set.of(Mode.READ, Mode.WRITE)) {
            DiskException refusal = assertThrows(DiskException.class, () -> open(image, mode));
            assertTrue(Arrays.asList(codes).contains(refusal.code()), refusal::toString);
        }
    }

    private static void assertCode(ErrorCode code, org.junit.jupiter.api.function.Executable call) {
        assertEquals(code, assertThrows(DiskException.class, call).code());
    }

    /** Four blocks: data, data, zero, free. */
    private static VdiBytes sound() throws IOException {
        VdiBytes image = VdiBytes.image(4 * BLOCK, BLOCK);
        image.u32(VdiBytes.ALLOCATED, 2).data(0, 0xA0).data(1, 0xA1);
        return image.entry(0, 1).entry(1, 0).entry(2, VdiBytes.ZERO);
    }

    private static byte[] filled(int value) {
        byte[] bytes = new byte[BLOCK];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    @Test
    void soundImageIsReadAndWritten() throws IOException {
        VdiBytes bytes = sound();
        ImageDriver image = new ImageDriver(open(bytes, Mode.WRITE));
        assertArrayEquals(filled(0xA1), image.read(0, BLOCK));
        assertArrayEquals(filled(0xA0), image.read(BLOCK, BLOCK));
        assertInstanceOf(Run.Zero.class, image.map(2 * BLOCK, 2 * BLOCK));
        assertInstanceOf(Run.Free.class, image.map(3 * BLOCK, BLOCK));
        image.write(3 * BLOCK, filled(7));
        image.flush();
        assertEquals(2, VdiBytes.u32(bytes.storage(), 512 + 12));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 71, 72, 75, 100, 0x1C7, 0x1D7})
    void fileThatEndsInTheHeaderIsRefused(int length) throws IOException {
        assertRefused(sound().size(length), ErrorCode.BAD_HEADER);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x1D8, 512, 527})
    void fileThatEndsBeforeTheMapDoesIsRefused(int length) throws IOException {
        assertRefused(sound().size(length), ErrorCode.CORRUPT);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x01000000, 0x10000000, 0x3FFFFFFF, 0xFFFFFFFF})
    void mapLongerThanTheFileIsRefused(int blocks) throws IOException {
        VdiBytes image = sound().u32(VdiBytes.BLOCKS, blocks).u32(VdiBytes.DATA_POSITION, 0xFFFFFE00);
        assertRefused(image, ErrorCode.CORRUPT, ErrorCode.BAD_HEADER);
    }

    @Test
    void hugeMapOfZeroesOpensAtOnceAndCannotBeWritten() throws IOException {
        VdiBytes image = VdiBytes.image(4 * BLOCK, BLOCK)
                .u32(VdiBytes.BLOCKS, 0x3FFF0000)
                .u64(VdiBytes.DISK_SIZE, 0x3FFF0000L * BLOCK)
                .u32(VdiBytes.DATA_POSITION, 0xFFFFF000)
                .u32(VdiBytes.ALLOCATED, 1)
                .size(0xFFFFF000L + BLOCK);
        for (int block = 0; block < 4; block++) {
            image.entry(block, 0);
        }
        Image reader = open(image, Mode.READ);
        assertEquals(0xFFFFF000L, ((Run.Data) reader.map(0x2000_0000L * BLOCK, 1)).position());
        Image writer = open(image, Mode.WRITE);
        Run.Data data = (Run.Data) writer.map(0, BLOCK);
        assertTrue(data.storage().readOnly());
        assertCode(ErrorCode.CORRUPT, () -> writer.allocate(0, 1));
    }

    @Test
    void moreBlocksThanCanBeCountedAreOnlyRead() throws IOException {
        VdiBytes image = VdiBytes.image(4 * BLOCK, BLOCK)
                .u32(VdiBytes.BLOCKS, 0x3FFF0000)
                .u32(VdiBytes.ALLOCATED, 0x3FFF0000)
                .u32(VdiBytes.DATA_POSITION, 0xFFFFF000)
                .size(0xFFFFF000L + BLOCK);
        assertInstanceOf(Run.Free.class, open(image, Mode.READ).map(0, BLOCK));
        assertCode(ErrorCode.NOT_SUPPORTED, () -> open(image, Mode.WRITE));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 100, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFD})
    void entryBeyondTheAllocatedBlocksIsAnErrorWhereItIs(int entry) throws IOException {
        VdiBytes bytes = sound().entry(3, entry);
        for (Mode mode : Set.of(Mode.READ, Mode.WRITE)) {
            ImageDriver image = new ImageDriver(open(bytes, mode));
            assertArrayEquals(filled(0xA1), image.read(0, BLOCK));
            assertCode(ErrorCode.CORRUPT, () -> image.read(3 * BLOCK, 512));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"READ", "WRITE"})
    void runEndsBeforeTheEntryThatIsWrong(Mode mode) throws IOException {
        VdiBytes bytes = sound().entry(0, 1).entry(1, 2).data(2, 0xEE);
        ImageDriver image = new ImageDriver(open(bytes, mode));
        assertEquals(BLOCK, image.map(0, 2 * BLOCK).length());
        assertCode(ErrorCode.CORRUPT, () -> image.read(0, 2 * BLOCK));
    }

    @Test
    void twoBlocksAtOnePlaceAreReadButNothingIsWritten() throws IOException {
        VdiBytes bytes = sound().entry(3, 1);
        byte[] before = bytes.storage().bytes();
        Image image = open(bytes, Mode.WRITE);
        ImageDriver driver = new ImageDriver(image);
        assertArrayEquals(filled(0xA1), driver.read(3 * BLOCK, BLOCK));
        assertCode(ErrorCode.CORRUPT, () -> driver.write(0, filled(1)));
        assertCode(ErrorCode.CORRUPT, () -> driver.write(2 * BLOCK, filled(1)));
        assertCode(ErrorCode.CORRUPT, () -> driver.free(0, BLOCK));
        assertCode(ErrorCode.CORRUPT, () -> image.resize(8 * BLOCK));
        assertCode(ErrorCode.CORRUPT, () -> image.update(ImageAttributes.NONE.withUuid(new UUID(1, 1))));
        assertCode(ErrorCode.READ_ONLY, () -> driver.dataStorage().write(ByteBuffer.allocate(1), 0));
        assertCode(ErrorCode.READ_ONLY, () -> driver.dataStorage().resize(0));
        assertCode(ErrorCode.READ_ONLY, () -> driver.dataStorage().zero(0, 1));
        assertCode(ErrorCode.READ_ONLY, () -> driver.dataStorage().discard(0, 1));
        assertCode(ErrorCode.READ_ONLY, () -> driver.dataStorage().preallocate(0, 1));
        driver.flush();
        assertArrayEquals(before, bytes.storage().bytes());
    }

    @Test
    void blockBehindTheEndOfTheFileIsNoZeroes() throws IOException {
        VdiBytes bytes = sound();
        bytes.size(bytes.position(1));
        ImageDriver image = new ImageDriver(open(bytes, Mode.READ));
        assertCode(ErrorCode.CORRUPT, () -> image.read(0, 512));
        assertArrayEquals(filled(0xA0), image.read(BLOCK, BLOCK));
        ImageDriver writer = new ImageDriver(open(bytes, Mode.WRITE));
        assertCode(ErrorCode.CORRUPT, () -> writer.write(3 * BLOCK, filled(1)));
    }

    @Test
    void blockCutOffByTheEndOfTheFileIsReadAsFarAsItGoes() throws IOException {
        VdiBytes bytes = sound();
        bytes.size(bytes.position(1) + 1000);
        ImageDriver image = new ImageDriver(open(bytes, Mode.READ));
        assertArrayEquals(Arrays.copyOf(filled(0xA1), 512), image.read(0, 512));
        assertCode(ErrorCode.CORRUPT, () -> image.read(0, 1024));
    }

    @Test
    void lastBlockNeedsOnlyWhatTheDiskHasOfIt() throws IOException {
        VdiBytes bytes = VdiBytes.image(BLOCK + 512, BLOCK).u32(VdiBytes.ALLOCATED, 1);
        bytes.entry(1, 0).data(0, 5).size(bytes.position(0) + 512);
        ImageDriver image = new ImageDriver(open(bytes, Mode.WRITE));
        image.write(BLOCK, new byte[512]);
        image.write(0, filled(3));
        image.flush();
        assertArrayEquals(new byte[512], image.read(BLOCK, 512));
        assertArrayEquals(filled(3), image.read(0, BLOCK));
    }

    @Test
    void bytesInFrontOfBlocksAreSkipped() throws IOException {
        VdiBytes bytes = VdiBytes.image(4 * BLOCK, BLOCK, 512).u32(VdiBytes.ALLOCATED, 2);
        bytes.data(0, 0xB0).data(1, 0xB1).entry(0, 0).entry(1, 1);
        ImageDriver image = new ImageDriver(open(bytes, Mode.WRITE));
        assertEquals(BLOCK, image.map(0, 2 * BLOCK).length());
        assertArrayEquals(filled(0xB1), image.read(BLOCK, BLOCK));
        image.write(2 * BLOCK, filled(9));
        image.write(3 * BLOCK, filled(8));
        image.free(0, BLOCK);
        image.flush();
        ImageDriver again = new ImageDriver(open(bytes, Mode.READ));
        assertArrayEquals(filled(9), again.read(2 * BLOCK, BLOCK));
        assertArrayEquals(filled(8), again.read(3 * BLOCK, BLOCK));
        assertEquals(bytes.position(2), ((Run.Data) again.map(2 * BLOCK, BLOCK)).position());
    }

    @Test
    void counterThatIsTooHighDoesNotSendDataFarAway() throws IOException {
        VdiBytes bytes = VdiBytes.image(4096L * BLOCK, BLOCK).u32(VdiBytes.ALLOCATED, 4096);
        ImageDriver image = new ImageDriver(open(bytes, Mode.WRITE));
        image.write(0, filled(1));
        image.flush();
        assertEquals(bytes.position(1), bytes.storage().size());
    }

    @Test
    void headerOfAnUnknownSizeKeepsWhatNobodyKnows() throws IOException {
        VdiBytes bytes = VdiBytes.image(4 * BLOCK, BLOCK);
        bytes.u32(VdiBytes.MAP_POSITION, 1024).u32(VdiBytes.DATA_POSITION, 2048).u32(VdiBytes.HEADER_SIZE, 0x200);
        bytes.size(2048)
                .u64(0x1D8, 0x1234_5678_9ABCL)
                .u64(0x240, 77)
                .u64(1024, -1)
                .u64(1032, -1);
        ImageDriver image = new ImageDriver(open(bytes, Mode.WRITE));
        image.write(0, filled(1));
        image.image().update(ImageAttributes.NONE.withComment("new"));
        image.flush();
        assertEquals(0x1234_5678_9ABCL, VdiBytes.u64(bytes.storage(), 0x1D8));
        assertEquals(77, VdiBytes.u64(bytes.storage(), 0x240));
        assertEquals(0x200, VdiBytes.u32(bytes.storage(), VdiBytes.HEADER_SIZE));
    }

    @Test
    void damagedTablesDoNotKeepFromLookingAtTheAttributes() throws IOException {
        VdiBytes bytes = sound().size(0x1D8).u32(VdiBytes.ALLOCATED, 99);
        assertEquals(4L * BLOCK, open(bytes, Mode.INFO).info().size());
        assertCode(ErrorCode.CORRUPT, () -> open(bytes, Mode.INFO).map(0, 512));
        assertRefused(bytes, ErrorCode.BAD_HEADER);
    }

    @Test
    void unsupportedVersionIsOursButCannotBeOpened() throws IOException {
        VdiBytes bytes = sound().u32(0x44, 0x00020000);
        assertTrue(new VdiBackend().probe(bytes.storage()));
        assertRefused(bytes, ErrorCode.NOT_SUPPORTED);
    }

    @Test
    void tinyBlocksAreReadAndWritten() throws IOException {
        VdiBytes bytes = VdiBytes.image(4096, 2);
        ImageDriver image = new ImageDriver(open(bytes, Mode.WRITE));
        byte[] data = new byte[1024];
        Arrays.fill(data, (byte) 3);
        image.write(512, data);
        image.flush();
        assertArrayEquals(data, new ImageDriver(open(bytes, Mode.READ)).read(512, 1024));
    }

    @Test
    void sizesThatAreNoSectorsAreShownAsTheyAre() throws IOException {
        VdiBytes bytes = VdiBytes.image(BLOCK + 100, BLOCK);
        Image image = open(bytes, Mode.WRITE);
        assertEquals(BLOCK + 100, image.info().size());
        Run.Data run = image.allocate(BLOCK, 100);
        assertEquals(100, run.length());
        assertThrows(IllegalArgumentException.class, () -> image.map(BLOCK, 101));
    }

    @Test
    void rangesOutsideTheDiskAreTheCallersFault() throws IOException {
        Image image = open(sound(), Mode.WRITE);
        long size = image.info().size();
        for (long[] range : new long[][] {{-1, 1}, {0, 0}, {0, size + 1}, {size, 1}, {1, Long.MAX_VALUE}}) {
            assertThrows(IllegalArgumentException.class, () -> image.map(range[0], range[1]));
            assertThrows(IllegalArgumentException.class, () -> image.allocate(range[0], range[1]));
        }
        assertThrows(IllegalArgumentException.class, () -> image.remap(new Run.Free(512, BLOCK)));
        assertThrows(IllegalArgumentException.class, () -> image.remap(new Run.Free(0, 512)));
        assertThrows(IllegalArgumentException.class, () -> image.remap(new Run.Free(0, 2 * size)));
        Run.Data data = (Run.Data) image.map(0, BLOCK);
        assertThrows(IllegalArgumentException.class, () -> image.remap(data), "was not allocated");
    }

    @Test
    void nothingIsLeftOpenOrChangedByARefusal() throws IOException {
        VdiBytes bytes = sound().u32(VdiBytes.TYPE, 77);
        byte[] before = bytes.storage().bytes();
        MemoryFolder folder = bytes.folder();
        try (TestImageContext context = TestImageContext.of(folder, VdiBytes.NAME, Mode.WRITE)) {
            assertThrows(DiskException.class, () -> new VdiBackend().open(context));
        }
        assertArrayEquals(before, bytes.storage().bytes());
    }
}
