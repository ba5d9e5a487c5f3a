// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.old;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.backend.qcow2.Tools;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Image;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** Images of version 1 that QEMU makes are read, and others refused. */
class QcowTest {
    private static final String NAME = "disk.qcow";
    private static final int SIZE = 5 << 20;

    @TempDir
    Path folder;

    @BeforeEach
    void needQemu() {
        Tools.need("qemu-img");
    }

    private static byte[] disk() {
        byte[] disk = new byte[SIZE];
        new Random(1).nextBytes(disk);
        Arrays.fill(disk, 1 << 20, 3 << 20, (byte) 0);
        for (int at = 0; at < SIZE; at += 8192) {
            Arrays.fill(disk, at, Math.min(SIZE, at + 4096), (byte) (at >> 13));
        }
        return disk;
    }

    private byte[] made(byte[] disk, String... options) throws Exception {
        Files.write(folder.resolve("raw"), disk);
        Path path = folder.resolve(NAME);
        List<String> command = new ArrayList<>(List.of("qemu-img", "convert", "-f", "raw", "-O", "qcow"));
        command.addAll(List.of(options));
        command.addAll(List.of(folder.resolve("raw").toString(), path.toString()));
        new ProcessBuilder(command).inheritIO().start().waitFor(); // qemu-img 7.2 says that it failed to compress
        Tools.run(
                "qemu-img",
                "compare",
                "-f",
                "raw",
                "-F",
                "qcow",
                folder.resolve("raw").toString(),
                path.toString());
        return Files.readAllBytes(path);
    }

    private static ImageDriver open(byte[] file, byte[] parent, Mode mode) throws IOException {
        MemoryFolder folder = MemoryFolder.of(NAME, file);
        return new ImageDriver(new QcowBackend().open(TestImageContext.of(folder, NAME, mode)), parent);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-c"})
    void readsWhatQemuMakes(String option) throws Exception {
        byte[] disk = disk();
        byte[] file = option.isEmpty() ? made(disk) : made(disk, option);
        for (Mode mode : List.of(Mode.READ, Mode.WRITE)) {
            ImageDriver image = open(file, new byte[0], mode);
            assertEquals(SIZE, image.size());
            assertArrayEquals(disk, image.readAll());
            byte[] odd = image.read(12345, 100_000);
            assertArrayEquals(Arrays.copyOfRange(disk, 12345, 112_345), odd);
            assertEquals(
                    ErrorCode.READ_ONLY,
                    assertThrows(DiskException.class, () -> image.image().allocate(0, 512))
                            .code());
        }
    }

    @Test
    void readsOverABackingFile() throws Exception {
        byte[] base = disk();
        Files.write(folder.resolve("base.raw"), base);
        Path path = folder.resolve(NAME);
        Tools.run(
                "qemu-img", "create", "-q", "-f", "qcow", "-o", "backing_file=base.raw", "-F", "raw", path.toString());
        Tools.run("qemu-io", "-f", "qcow", "-c", "write -q -P 5 64k 4k", path.toString());
        Arrays.fill(base, 65536, 65536 + 4096, (byte) 5);
        ImageDriver image = open(Files.readAllBytes(path), disk(), Mode.READ);
        assertArrayEquals(base, image.readAll());
        assertEquals(
                List.of("base.raw"), image.image().info().parent().orElseThrow().hints());
    }

    @ParameterizedTest
    @CsvSource({
        "4, 0001, BAD_HEADER", // version
        "24, FFFFFFFFFFFFFFFF, BAD_HEADER", // size
        "24, 7FFFFFFFFFFFFFFF, BAD_HEADER",
        "24, 0000000000000000, BAD_HEADER",
        "32, 08, BAD_HEADER", // cluster bits
        "32, FF, BAD_HEADER",
        "33, 00, BAD_HEADER", // L2 bits
        "33, 3F, BAD_HEADER",
        "36, 00000001, NOT_SUPPORTED", // encryption
        "40, FFFFFFFFFFFFFFFF, BAD_HEADER", // L1 position
        "40, 0000000040000000, BAD_HEADER",
        "8, 0000000000000001FFFFFFFF, BAD_HEADER" // backing file
    })
    void badHeadersAreRefused(int at, String bytes, ErrorCode code) throws Exception {
        byte[] file = made(disk());
        byte[] wrong = java.util.HexFormat.of().parseHex(bytes);
        System.arraycopy(wrong, 0, file, at, wrong.length);
        DiskException refusal = assertThrows(DiskException.class, () -> open(file, new byte[0], Mode.READ));
        assertEquals(code, refusal.code(), refusal::getMessage);
    }

    @Test
    void damageIsAnErrorWhereItIs() throws Exception {
        byte[] file = made(disk(), "-c");
        Random random = new Random(3);
        for (int i = 0; i < 300; i++) {
            byte[] damaged = file.clone();
            int at = random.nextInt(random.nextBoolean() ? 48 : 9000);
            damaged[at] = (byte) random.nextInt();
            try (Image image = open(damaged, new byte[0], Mode.READ).image()) {
                for (long offset = 0; offset < Math.min(image.info().size(), SIZE); offset += 65536) {
                    try {
                        new ImageDriver(image).read(offset, 512);
                    } catch (DiskException e) {
                        assertTrue(e.getMessage().length() > 10);
                    }
                }
            } catch (DiskException e) {
                assertTrue(e.getMessage().length() > 10);
            }
        }
    }

    @Test
    void isRecognised() throws Exception {
        ByteBuffer file = ByteBuffer.wrap(made(disk()));
        assertTrue(new QcowBackend().probe(org.platter.testkit.MemoryStorage.of(file.array())));
    }
}
