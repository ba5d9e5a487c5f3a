// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.parallels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.OpenImage;
import org.platter.testkit.TestImageContext.Mode;

/** Headers and tables that were chosen by somebody else. */
class ParallelsHostileTest {
    private static final int TABLE = 64;
    private static final int IN_USE = 0x2C;

    @ParameterizedTest
    @CsvSource({
        "0x10, 3, version", // and so on: position, value, what the message names
        "0x1C, 0, cluster",
        "0x1C, 0x80000000, cluster",
        "0x1C, 0x7FFFFF, cluster",
        "0x20, 0xFFFFFFFF, table",
        "0x20, 0, entries",
        "0x28, 0xFFFFFFFF, sectors",
        "0x28, 0x00800000, sectors",
        "0x24, 0x00800000, entries",
        "0x00, 0, signature"
    })
    void headersThatCannotBeAreRefusedByName(String position, String value, String named) throws IOException {
        MemoryStorage storage = Parallels.used();
        Parallels.putInt(storage, Long.decode(position), Long.decode(value));
        for (Mode mode : new Mode[] {Mode.READ, Mode.WRITE, Mode.INFO}) {
            DiskException e = assertThrows(
                    DiskException.class, () -> Parallels.open(MemoryFolder.of(Parallels.NAME, storage), mode));
            assertEquals(ErrorCode.BAD_HEADER, e.code());
            assertTrue(e.getMessage().contains(named), e::getMessage);
        }
    }

    @Test
    void dataInsideTheTableIsRefused() throws IOException {
        OpenImage image = Parallels.create(1 << 20, 512);
        image.close();
        MemoryStorage storage = image.folder().bare(Parallels.NAME);
        Parallels.putInt(storage, 0x30, 1);
        DiskException e = assertThrows(DiskException.class, () -> Parallels.open(image.folder(), Mode.READ));
        assertTrue(e.getMessage().contains("inside the table"), e::getMessage);
    }

    @ParameterizedTest
    @CsvSource({"0", "100", "4294967295", "2147483648"})
    void placesOutsideTheDataAreErrorsWhereTheyAreReadAndRefuseChanges(long entry) throws IOException {
        MemoryStorage storage = Parallels.used();
        long wanted = entry == 0 ? 1 : entry; // 1 is the other cluster's place
        Parallels.putInt(storage, TABLE + 12, wanted);
        MemoryFolder folder = MemoryFolder.of(Parallels.NAME, storage);
        try (OpenImage image = Parallels.open(folder, Mode.READ)) {
            assertArrayEquals(Parallels.filled(1), image.driver().read(1 << 16, 1 << 16));
            if (entry != 0) {
                assertCorrupt(() -> image.driver().read(3 << 16, 512));
            }
            assertEquals(1, image.image().check(Progress.NONE).errors());
        }
        try (OpenImage image = Parallels.open(folder, Mode.WRITE)) {
            assertCorrupt(() -> image.driver().write(0, new byte[512]));
            assertCorrupt(() -> image.driver().write(1 << 16, new byte[512]));
            CheckReport safe = image.image().repair(RepairMode.SAFE, Progress.NONE);
            assertEquals(1, safe.errors());
            assertTrue(safe.findings().get(0).what().contains("lossy"), safe.findings()::toString);
            CheckReport lossy = image.image().repair(RepairMode.LOSSY, Progress.NONE);
            assertTrue(lossy.findings().get(0).what().contains("lost"), lossy.findings()::toString);
            image.driver().write(0, Parallels.filled(7));
            image.driver().flush();
            assertEquals(0, image.image().check(Progress.NONE).errors());
            assertArrayEquals(Parallels.filled(1), image.driver().read(1 << 16, 1 << 16));
            assertArrayEquals(new byte[512], image.driver().read(3 << 16, 512));
        }
    }

    @Test
    void placesInTheTableAreRefused() throws IOException {
        OpenImage image = Parallels.create(1 << 20, 512);
        image.driver().write(0, new byte[512]);
        image.driver().flush();
        image.close();
        Parallels.putInt(image.folder().bare(Parallels.NAME), TABLE, 1);
        try (OpenImage reader = Parallels.open(image.folder(), Mode.READ)) {
            assertCorrupt(() -> reader.driver().read(0, 512));
        }
        try (OpenImage writer = Parallels.open(image.folder(), Mode.WRITE)) {
            assertCorrupt(() -> writer.driver().write(512, new byte[512]));
        }
    }

    @Test
    void cutClustersGiveWhatIsThereAndThenAnError() throws IOException {
        MemoryStorage storage = Parallels.used();
        storage.resize(storage.size() - 1000);
        try (OpenImage image = Parallels.open(MemoryFolder.of(Parallels.NAME, storage), Mode.READ)) {
            assertArrayEquals(
                    java.util.Arrays.copyOf(Parallels.filled(3), 512 * 126),
                    image.driver().read(3 << 16, 512 * 126));
            assertCorrupt(() -> image.driver().read((4 << 16) - 512, 512));
        }
    }

    @Test
    void theMarkOfAnotherWriterIsReportedAndGoesByRepair() throws IOException {
        MemoryStorage storage = Parallels.used();
        Parallels.putInt(storage, IN_USE, ParallelsHeader.IN_USE);
        MemoryFolder folder = MemoryFolder.of(Parallels.NAME, storage);
        try (OpenImage image = Parallels.open(folder, Mode.WRITE)) {
            assertTrue(image.info().notes().get(0).contains("in use"), image.info()::toString);
            image.driver().write(0, new byte[512]);
            image.driver().flush();
            assertEquals(ParallelsHeader.IN_USE, mark(storage));
            assertEquals(1, image.image().check(Progress.NONE).errors());
            assertEquals(1, image.image().repair(RepairMode.SAFE, Progress.NONE).repaired());
            assertEquals(0, mark(storage));
            assertEquals(0, image.image().check(Progress.NONE).errors());
            assertTrue(image.info().notes().isEmpty());
        }
    }

    @Test
    void theMarkIsSetWhileTheTableIsBehind() throws IOException {
        MemoryStorage storage = Parallels.used();
        try (OpenImage image = Parallels.open(MemoryFolder.of(Parallels.NAME, storage), Mode.WRITE)) {
            assertEquals(0, mark(storage));
            image.driver().write(0, new byte[512]);
            assertEquals(ParallelsHeader.IN_USE, mark(storage));
            assertEquals(0, image.image().check(Progress.NONE).errors());
            image.driver().flush();
            assertEquals(0, mark(storage));
        }
    }

    private static int mark(MemoryStorage storage) throws IOException {
        return ByteBuffer.wrap(storage.bytes(IN_USE, 4))
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .getInt();
    }

    @Test
    void clustersAtTheEndThatNobodyHasAreGivenBack() throws IOException {
        MemoryStorage storage = Parallels.used();
        long size = storage.size();
        storage.resize(size + (3 << 16));
        try (OpenImage image = Parallels.open(MemoryFolder.of(Parallels.NAME, storage), Mode.WRITE)) {
            assertEquals(3, image.image().check(Progress.NONE).leaks());
            assertEquals(1, image.image().repair(RepairMode.SAFE, Progress.NONE).repaired());
            assertEquals(size, storage.size());
        }
    }

    @Test
    void formatExtensionsAreForReading() throws IOException {
        MemoryStorage storage = Parallels.used();
        Parallels.putInt(storage, 0x38, 128);
        MemoryFolder folder = MemoryFolder.of(Parallels.NAME, storage);
        Parallels.open(folder, Mode.READ).close();
        DiskException e = assertThrows(DiskException.class, () -> Parallels.open(folder, Mode.WRITE));
        assertEquals(ErrorCode.NOT_SUPPORTED, e.code());
        assertTrue(e.getMessage().contains("extension"), e::getMessage);
    }

    private static void assertCorrupt(org.junit.jupiter.api.function.Executable call) {
        assertEquals(ErrorCode.CORRUPT, assertThrows(DiskException.class, call).code());
    }
}
