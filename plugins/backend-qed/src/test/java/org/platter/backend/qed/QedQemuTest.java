// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.platter.format.ParentLink;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.OpenImage;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** Images made by QEMU. */
class QedQemuTest {
    private static final int SIZE = (9 << 20) + 512 * 7;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"4096, 2", "4096, 16", "65536, 4", "1048576, 2", "4194304, 2"})
    void readsWhatQemuWrites(int cluster, int table) throws Exception {
        Tools.need("qemu-img");
        Path file = folder.resolve("d.qed");
        String options = "cluster_size=" + cluster + ",table_size=" + table;
        Tools.run("qemu-img", "create", "-q", "-f", "qed", "-o", options, file, SIZE);
        byte[] model = new byte[SIZE];
        change(file, model, cluster);
        Tools.run("qemu-img", "check", "-q", "-f", "qed", file);
        try (OpenImage image = Qed.open(MemoryStorage.of(Files.readAllBytes(file)), Mode.READ)) {
            assertArrayEquals(model, image.driver().readAll());
        }
    }

    /** Some writes and zeroes by another program. */
    private static void change(Path file, byte[] model, int seed) throws Exception {
        Random random = new Random(seed);
        for (int round = 0; round < 12; round++) {
            int length = 512 * (1 + random.nextInt(900));
            int offset = random.nextInt((SIZE - length) / 512) * 512;
            boolean zero = round % 4 == 3;
            byte value = (byte) (zero ? 0 : round + 1);
            Arrays.fill(model, offset, offset + length, value);
            String what = zero ? "write -z " : "write -P " + value + " ";
            Tools.run("qemu-io", "-f", "qed", "-c", what + offset + " " + length, file);
        }
    }

    @ParameterizedTest
    @CsvSource({"raw, RAW", "qed, ''"})
    void standsOnItsBackingFile(String format, String named) throws Exception {
        Tools.need("qemu-img");
        byte[] model = new byte[SIZE];
        new Random(5).nextBytes(model);
        Path base = folder.resolve("base");
        Path plain = folder.resolve("plain");
        Files.write(plain, model);
        Tools.run("qemu-img", "convert", "-f", "raw", "-O", format, plain, base);
        Path file = folder.resolve("d.qed");
        Tools.run("qemu-img", "create", "-q", "-f", "qed", "-b", "base", "-F", format, file);
        byte[] parent = model.clone();
        change(file, model, 6);
        MemoryFolder memory = MemoryFolder.of(Qed.NAME, Files.readAllBytes(file));
        TestImageContext context = TestImageContext.forReading(memory, Qed.NAME);
        try (OpenImage image = new OpenImage(context, new ImageDriver(new QedBackend().open(context), parent))) {
            ParentLink link = image.info().parent().orElseThrow();
            assertEquals(List.of("base"), link.hints());
            assertEquals(named, link.format());
            assertArrayEquals(model, image.driver().readAll());
        }
    }

    @Test
    void cutFilesAreRefusedOrReadAsFarAsTheyGo() throws Exception {
        Tools.need("qemu-img");
        Path file = folder.resolve("d.qed");
        Tools.run("qemu-img", "create", "-q", "-f", "qed", "-o", "cluster_size=4096", file, SIZE);
        byte[] model = new byte[SIZE];
        change(file, model, 7);
        byte[] bytes = Files.readAllBytes(file);
        for (int length = 0; length < bytes.length; length += length < 70_000 ? 1021 : bytes.length / 20) {
            tryCut(Arrays.copyOf(bytes, length), model);
        }
    }

    private static void tryCut(byte[] bytes, byte[] model) throws IOException {
        try (OpenImage image = Qed.open(MemoryStorage.of(bytes), Mode.READ)) {
            for (int at = 0; at < SIZE; at += 4096) {
                int count = Math.min(4096, SIZE - at);
                try {
                    assertArrayEquals(
                            Arrays.copyOfRange(model, at, at + count),
                            image.driver().read(at, count));
                } catch (org.platter.error.DiskException e) {
                    continue;
                }
            }
        } catch (org.platter.error.DiskException e) {
            return;
        }
    }
}
