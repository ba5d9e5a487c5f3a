// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageFlag;
import org.platter.format.Run;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.OpenImage;
import org.platter.testkit.TestImageContext.Mode;

/** What is read of images, good and bad, made by hand. */
class QedImageTest {
    private static final int FEATURES = 0x10;

    @Test
    void mapsDataZeroesAndNothing() throws IOException {
        MemoryStorage storage = Qed.used();
        assertTrue(new QedBackend().probe(storage));
        for (Mode mode : new Mode[] {Mode.READ, Mode.WRITE, Mode.INFO}) {
            try (OpenImage image = Qed.open(storage, mode)) {
                assertEquals(
                        2L * Qed.CLUSTER,
                        image.driver().map(0, image.info().size()).length());
                assertEquals(
                        new Run.Free(2 * Qed.CLUSTER, Qed.CLUSTER),
                        image.driver().map(2 * Qed.CLUSTER, 9000));
                assertEquals(
                        new Run.Zero(3 * Qed.CLUSTER + 5, 7), image.driver().map(3 * Qed.CLUSTER + 5, 7));
                assertArrayEquals(Qed.filled(4), image.driver().read(4 * Qed.CLUSTER, Qed.CLUSTER));
                assertInstanceOf(Run.Free.class, image.driver().map(5 * Qed.CLUSTER, Qed.CLUSTER - 512));
                assertThrows(DiskException.class, () -> image.driver().write(0, new byte[512]));
            }
        }
    }

    @Test
    void theBackingFileIsAHintWithItsFormat() throws IOException {
        MemoryStorage storage = Qed.used();
        Qed.put(storage, FEATURES, QedHeader.BACKING);
        try (OpenImage image = Qed.open(storage, Mode.READ)) {
            assertTrue(image.info().is(ImageFlag.DIFF));
            assertEquals(
                    List.of(Qed.PARENT), image.info().parent().orElseThrow().hints());
            assertEquals("", image.info().parent().orElseThrow().format());
        }
        Qed.put(storage, FEATURES, QedHeader.BACKING | QedHeader.BACKING_IS_RAW);
        try (OpenImage image = Qed.open(storage, Mode.READ)) {
            assertEquals("RAW", image.info().parent().orElseThrow().format());
        }
    }

    @Test
    void theNeedOfACheckIsSaid() throws IOException {
        MemoryStorage storage = Qed.used();
        Qed.put(storage, FEATURES, QedHeader.NEEDS_CHECK);
        try (OpenImage image = Qed.open(storage, Mode.READ)) {
            assertTrue(image.info().notes().toString().contains("in need of a check"), image.info()::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 17, 63})
    void unknownIncompatibleFeaturesAreRefusedByName(int bit) throws IOException {
        MemoryStorage storage = Qed.used();
        Qed.put(storage, FEATURES, 1L << bit);
        DiskException e = assertThrows(DiskException.class, () -> Qed.open(storage, Mode.READ));
        assertEquals(ErrorCode.NOT_SUPPORTED, e.code());
        assertTrue(e.getMessage().contains("feature bit " + bit + " "), e::getMessage);
    }

    @Test
    void unknownCompatibleAndAutoclearFeaturesAreIgnored() throws IOException {
        MemoryStorage storage = Qed.used();
        Qed.put(storage, 0x18, -1);
        Qed.put(storage, 0x20, -1);
        Qed.open(storage, Mode.READ).close();
    }

    @ParameterizedTest
    @CsvSource({
        "0x00, 0, signature",
        "0x04, 0, cluster",
        "0x04, 0x800, cluster",
        "0x04, 0x8000000, cluster",
        "0x04, 0x80000000, cluster",
        "0x04, 0x1800, cluster",
        "0x08, 0, table",
        "0x08, 3, table",
        "0x08, 32, table",
        "0x0C, 0, header of",
        "0x0C, 0xFFFFFFFF, header of",
        "0x28, 0, first table",
        "0x28, 0x1001, first table",
        "0x28, 0x10000, first table",
        "0x2C, 0x80000000, first table",
        "0x30, 1, disk of",
        "0x34, 0x80000000, disk of",
        "0x34, 0x10000, disk of"
    })
    void headersThatCannotBeAreRefusedByName(String position, String value, String named) throws IOException {
        MemoryStorage storage = Qed.used();
        Qed.putInt(storage, Long.decode(position), Long.decode(value));
        DiskException e = assertThrows(DiskException.class, () -> Qed.open(storage, Mode.READ));
        assertEquals(ErrorCode.BAD_HEADER, e.code());
        assertTrue(e.getMessage().contains(named), e::getMessage);
    }

    @ParameterizedTest
    @CsvSource({
        "0x38, 63",
        "0x38, 4096",
        "0x38, 0xFFFFFFFF",
        "0x3C, 0",
        "0x3C, 1024",
        "0x3C, 0xFFFFFFFF",
        "0x40, 0x00410A"
    })
    void backingNamesThatCannotBeAreRefused(String position, String value) throws IOException {
        MemoryStorage storage = Qed.used();
        Qed.put(storage, FEATURES, QedHeader.BACKING);
        Qed.putInt(storage, Long.decode(position), Long.decode(value));
        DiskException e = assertThrows(DiskException.class, () -> Qed.open(storage, Mode.READ));
        assertEquals(ErrorCode.BAD_HEADER, e.code());
    }

    @ParameterizedTest
    @ValueSource(longs = {2, 4095, 4097, 5 * Qed.CLUSTER, 1L << 62, Long.MIN_VALUE, -4096})
    void entriesThatNameNoPlaceAreErrorsWhereTheyAreRead(long entry) throws IOException {
        MemoryStorage storage = Qed.used();
        Qed.put(storage, Qed.L2 + 8, entry);
        try (OpenImage image = Qed.open(storage, Mode.READ)) {
            assertArrayEquals(Qed.filled(3), image.driver().read(0, Qed.CLUSTER));
            assertCorrupt(() -> image.driver().read(Qed.CLUSTER, 512));
        }
        Qed.put(storage, Qed.L1, entry);
        try (OpenImage image = Qed.open(storage, Mode.READ)) {
            assertCorrupt(() -> image.driver().read(0, 512));
        }
    }

    @Test
    void hugeTablesTakeNoMemory() throws IOException {
        MemoryStorage storage = Qed.used();
        Qed.putInt(storage, 4, 1 << 20);
        Qed.putInt(storage, 8, 16);
        Qed.put(storage, 0x28, 1 << 20);
        Qed.put(storage, 0x30, 1L << 61);
        Qed.put(storage, 1 << 20, 0);
        storage.resize(64L << 20);
        long before = allocated();
        try (OpenImage image = Qed.open(storage, Mode.READ)) {
            assertInstanceOf(Run.Free.class, image.driver().map((1L << 61) - 512, 512));
        }
        assertTrue(allocated() - before < 128L << 20, "took " + (allocated() - before));
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean())
                .getCurrentThreadAllocatedBytes();
    }

    private static void assertCorrupt(org.junit.jupiter.api.function.Executable call) {
        assertEquals(ErrorCode.CORRUPT, assertThrows(DiskException.class, call).code());
    }
}
