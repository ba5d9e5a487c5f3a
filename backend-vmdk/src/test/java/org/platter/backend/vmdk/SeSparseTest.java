// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.platter.backend.vmdk.Vmdk.assertCode;
import static org.platter.backend.vmdk.Vmdk.described;
import static org.platter.backend.vmdk.Vmdk.open;
import static org.platter.backend.vmdk.Vmdk.pokeLong;
import static org.platter.backend.vmdk.Vmdk.random;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageFlag;
import org.platter.format.Progress;
import org.platter.format.Run;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.TestImageContext.Mode;

/** Space-efficient extents, which nobody makes but ESX servers: built by hand, and read by QEMU the same. */
class SeSparseTest {
    private static final String PART = "disk-sesparse.vmdk";
    private static final int GRAIN = 4096;
    private static final int SIZE = 40 << 20;
    private static final int VOLATILE = 1;
    private static final int DIRECTORY = 8;
    private static final int TABLES = 16;
    private static final int GRAINS = 256;

    /** Three tables of 16 MiB: table 1 of the directory is table 0, table 2 is table 1, table 0 is not there. */
    private static MemoryFolder image() throws IOException {
        MemoryFolder folder = described("seSparse", "RW " + SIZE / 512 + " SESPARSE \"" + PART + "\"");
        folder.put(PART, MemoryStorage.named(PART));
        folder.bare(PART).resize(GRAINS * 512 + 8 * GRAIN);
        long[] header = new long[26];
        header[0] = 0xCAFEBABEL;
        header[1] = 0x200000001L;
        header[2] = SIZE / 512;
        header[3] = 8;
        header[4] = 64;
        header[10] = VOLATILE;
        header[11] = 1;
        header[16] = DIRECTORY;
        header[17] = 1;
        header[18] = TABLES;
        header[19] = 128;
        header[24] = GRAINS;
        header[25] = 64;
        for (int i = 0; i < header.length; i++) {
            pokeLong(folder, PART, 8L * i, header[i]);
        }
        pokeLong(folder, PART, VOLATILE * 512, 0xCAFECAFEL);
        pokeLong(folder, PART, DIRECTORY * 512 + 8, 0x1000000000000000L);
        pokeLong(folder, PART, DIRECTORY * 512 + 16, 0x1000000000000001L);
        entry(folder, 0, 0x3000000000000000L); // grain 0
        entry(folder, 1, 0x3001000000000000L); // grain 1
        entry(folder, 2, 0x1000000000000000L); // unmapped
        entry(folder, 3, 0x2000000000000000L); // zero
        entry(folder, 5, 0x3007000000000000L); // grain 7
        entry(folder, 4096 + 10, 0x3003000000000000L);
        folder.bare(PART).write(ByteBuffer.wrap(random(1, 8 * GRAIN)), GRAINS * 512);
        return folder;
    }

    private static void entry(MemoryFolder folder, int index, long value) throws IOException {
        pokeLong(folder, PART, TABLES * 512 + 8L * index, value);
    }

    private static byte[] disk() {
        byte[] grains = random(1, 8 * GRAIN);
        byte[] disk = new byte[SIZE];
        System.arraycopy(grains, 0, disk, 16 << 20, 2 * GRAIN);
        System.arraycopy(grains, 7 * GRAIN, disk, (16 << 20) + 5 * GRAIN, GRAIN);
        System.arraycopy(grains, 3 * GRAIN, disk, (32 << 20) + 10 * GRAIN, GRAIN);
        return disk;
    }

    @Test
    void reads() throws IOException {
        ImageDriver image = open(image(), Mode.READ);
        assertArrayEquals(disk(), image.readAll());
        assertEquals(java.util.Set.of(ImageFlag.ESX), image.image().info().flags());
        assertEquals(GRAIN, image.image().info().blockSize());
        assertEquals(new Run.Free(0, 16 << 20), image.map(0, SIZE));
        assertEquals(2 * GRAIN, image.map(16 << 20, SIZE - (16 << 20)).length());
        assertEquals(new Run.Zero((16 << 20) + 2 * GRAIN, 2 * GRAIN), image.map((16 << 20) + 2 * GRAIN, 1 << 20));
        Vmdk.assertClean(image);
    }

    @Test
    void zeroesHideTheParent() throws IOException {
        byte[] parent = random(2, SIZE);
        byte[] found = open(image(), Mode.READ, parent).read(16 << 20, 8 * GRAIN);
        byte[] expected = Arrays.copyOfRange(disk(), 16 << 20, (16 << 20) + 8 * GRAIN);
        for (int grain : new int[] {4, 6, 7}) {
            System.arraycopy(parent, (16 << 20) + grain * GRAIN, expected, grain * GRAIN, GRAIN);
        }
        assertArrayEquals(expected, found);
    }

    @Test
    void readsAsQemuDoes(@TempDir Path folder) throws Exception {
        Tools.need("qemu-img");
        Tools.store(image(), folder);
        Tools.run("qemu-img", "convert", "-f", "vmdk", "-O", "raw", folder.resolve("disk.vmdk"), folder.resolve("raw"));
        assertArrayEquals(disk(), Files.readAllBytes(folder.resolve("raw")));
    }

    @Test
    void canOnlyBeRead() throws IOException {
        MemoryFolder folder = image();
        MemoryFolder before = folder.copy();
        ImageDriver image = open(folder, Mode.WRITE);
        assertInstanceOf(Run.Data.class, image.map(16 << 20, 512));
        assertCode(ErrorCode.READ_ONLY, () -> image.write(16 << 20, new byte[512]));
        assertCode(ErrorCode.READ_ONLY, () -> image.write(0, new byte[512]));
        image.flush();
        assertEquals(true, folder.sameBytes(before));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1, BAD_HEADER",
        "8, 1, NOT_SUPPORTED",
        "16, 0, BAD_HEADER",
        "16, -1, BAD_HEADER",
        "16, 100, BAD_HEADER",
        "16, 18014398509481983, NOT_SUPPORTED",
        "24, 0, NOT_SUPPORTED",
        "24, 16, NOT_SUPPORTED",
        "32, 0, NOT_SUPPORTED",
        "40, 1, NOT_SUPPORTED",
        "80, 1000000, BAD_HEADER",
        "80, -1, BAD_HEADER",
        "80, 2, BAD_HEADER",
        "128, 0, BAD_HEADER",
        "128, 1000000, BAD_HEADER",
        "136, 0, BAD_HEADER",
        "136, -1, BAD_HEADER",
        "144, 1000000, BAD_HEADER",
        "152, 36028797018963967, BAD_HEADER",
        "192, 0, BAD_HEADER",
        "192, -1, BAD_HEADER",
        "536, 1, NOT_SUPPORTED"
    })
    void refusesHeadersThatCannotBe(long position, long value, ErrorCode code) throws IOException {
        MemoryFolder folder = image();
        pokeLong(folder, PART, position, value);
        DiskException e = assertThrows(DiskException.class, () -> open(folder, Mode.READ));
        assertEquals(code, e.code(), e::getMessage);
    }

    @ParameterizedTest
    @CsvSource({
        "8192, 0x3100000000000000",
        "8192, 0x3fffffffffffffff",
        "8192, 0x4000000000000000",
        "8192, 0xf000000000000000",
        "4104, 0x1000000000000002",
        "4104, 0x10000000ffffffff",
        "4104, 0x2000000000000000"
    })
    void refusesEntriesThatCannotBe(long position, String value) throws IOException {
        MemoryFolder folder = image();
        pokeLong(folder, PART, position, Long.parseUnsignedLong(value.substring(2), 16));
        ImageDriver image = open(folder, Mode.READ);
        assertCode(ErrorCode.CORRUPT, () -> image.read(16 << 20, 512));
        assertEquals(1, image.image().check(Progress.NONE).errors());
    }
}
