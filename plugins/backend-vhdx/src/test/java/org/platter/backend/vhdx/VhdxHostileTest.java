// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.platter.backend.vhdx.layout.Bytes;
import org.platter.backend.vhdx.layout.Header;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageSpec;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** Files that nobody writes by accident are refused by name. The layout is that of our own new images. */
class VhdxHostileTest {
    private static final String NAME = "disk.vhdx";
    private static final int REGIONS = 192 << 10;
    private static final int METADATA = 2 << 20;
    private static final int ITEMS = METADATA + (64 << 10);
    private static final int TABLE = 3 << 20;

    private ByteBuffer file;

    @BeforeEach
    void makeImage() throws IOException {
        MemoryFolder folder = new MemoryFolder();
        TestImageContext context =
                TestImageContext.of(folder, NAME, Mode.CREATE).withConfig(new VhdxBackend().schema(), Map.of());
        try (ImageDriver image =
                new ImageDriver(new VhdxBackend().create(context, ImageSpec.base(8 << 20, Set.of())))) {
            image.write(0, new byte[] {1, 2, 3, 4});
            image.write(4 << 20, new byte[] {5});
            image.flush();
        }
        file = ByteBuffer.wrap(folder.bare(NAME).bytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    private ImageDriver open(Mode mode) throws IOException {
        return new ImageDriver(
                new VhdxBackend().open(TestImageContext.of(MemoryFolder.of(NAME, file.array()), NAME, mode)));
    }

    private void refused(ErrorCode code, String word) {
        DiskException error = assertThrows(DiskException.class, () -> open(Mode.READ));
        assertEquals(code, error.code(), error::getMessage);
        assertEquals(true, error.getMessage().contains(word), error::getMessage);
    }

    private void sumRegions() {
        for (int at : new int[] {REGIONS, REGIONS + (64 << 10)}) {
            file.put(at, file.array(), REGIONS, 64 << 10);
            file.putInt(at + 4, Bytes.sum(file.slice(at, 64 << 10), 4));
        }
    }

    private void header(java.util.function.UnaryOperator<Header> change) {
        for (int at : new int[] {64 << 10, 128 << 10}) {
            Header header = Header.decode(file.duplicate().order(file.order()).position(at));
            file.put(at, change.apply(header).encode().array());
        }
    }

    @Test
    void twoBrokenHeaders() {
        file.put((64 << 10) + 20, (byte) 9).put((128 << 10) + 20, (byte) 9);
        refused(ErrorCode.BAD_HEADER, "checksum");
    }

    @Test
    void logWithoutEntries() {
        header(header -> header.next(header.fileWrite(), header.dataWrite(), new UUID(1, 1)));
        refused(ErrorCode.CORRUPT, "log GUID");
    }

    @Test
    void brokenRegionTables() {
        file.put(REGIONS + 5000, (byte) 1).put(REGIONS + (64 << 10) + 5000, (byte) 1);
        refused(ErrorCode.BAD_HEADER, "region tables");
    }

    @Test
    void unknownRequiredRegion() {
        file.putInt(REGIONS + 8, 3).putInt(REGIONS + 80, 77).putLong(REGIONS + 96, 64 << 20);
        file.putInt(REGIONS + 104, 1 << 20).putInt(REGIONS + 108, 1);
        sumRegions();
        refused(ErrorCode.NOT_SUPPORTED, "unknown required region");
    }

    @Test
    void regionOverTheLog() {
        file.putLong(REGIONS + 16 + 16, 1 << 20);
        sumRegions();
        refused(ErrorCode.BAD_HEADER, "overlaps");
    }

    @Test
    void unknownRequiredItem() {
        file.putInt(METADATA + 64, 99);
        refused(ErrorCode.NOT_SUPPORTED, "unknown required item");
    }

    @Test
    void blockSizesAndSizes() {
        for (int size : new int[] {0, 1, 3 << 20, 1 << 19, 512 << 20, -1}) {
            file.putInt(ITEMS, size);
            refused(ErrorCode.BAD_HEADER, "block size");
        }
        file.putInt(ITEMS, 2 << 20);
        for (long size : new long[] {0, -512, 513, Long.MIN_VALUE, 1L << 62}) {
            file.putLong(ITEMS + 8, size);
            refused(ErrorCode.BAD_HEADER, "virtual disk size");
        }
        file.putLong(ITEMS + 8, 1L << 45);
        refused(ErrorCode.BAD_HEADER, "entries");
    }

    @Test
    void entriesThatCannotBe() throws IOException {
        long good = file.getLong(TABLE);
        for (long entry : new long[] {6, 1 << 20 | 6, TABLE | 6, 1L << 40 | 6, -1L << 20 | 6, 4, 7}) {
            file.putLong(TABLE, entry);
            assertEquals(
                    ErrorCode.CORRUPT,
                    assertThrows(DiskException.class, () -> open(Mode.READ).read(0, 512))
                            .code());
        }
        file.putLong(TABLE, good).putLong(TABLE + 16, good);
        open(Mode.READ).read(0, 512);
        byte[] before = file.array().clone();
        DiskException shared =
                assertThrows(DiskException.class, () -> open(Mode.WRITE).write(0, new byte[512]));
        assertEquals(ErrorCode.CORRUPT, shared.code());
        assertEquals(ByteBuffer.wrap(before), file.clear());
    }
}
