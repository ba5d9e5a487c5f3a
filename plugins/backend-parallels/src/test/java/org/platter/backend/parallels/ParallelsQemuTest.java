// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.parallels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.format.Progress;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.OpenImage;
import org.platter.testkit.TestImageContext.Mode;

/** QEMU and this format on the same images, and an image of the corpus. */
class ParallelsQemuTest {
    private static final int SIZE = (5 << 20) + 3 * 512;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {1 << 20, 1 << 16, 512 * 128})
    void writersTakeTurnsOnOneImage(int cluster) throws Exception {
        Tools.need("qemu-img");
        Path file = folder.resolve("d.hds");
        Path plain = folder.resolve("plain");
        Tools.run("qemu-img", "create", "-q", "-f", "parallels", "-o", "cluster_size=" + cluster, file, SIZE);
        byte[] model = new byte[SIZE];
        Random random = new Random(cluster);
        for (int round = 0; round < 6; round++) {
            int length = 512 * (1 + random.nextInt(800));
            int offset = random.nextInt((SIZE - length) / 512) * 512;
            byte value = (byte) (round + 1);
            java.util.Arrays.fill(model, offset, offset + length, value);
            if (round % 2 == 0) {
                Tools.run("qemu-io", "-f", "parallels", "-c", "write -P " + value + " " + offset + " " + length, file);
            } else {
                write(file, offset, java.util.Arrays.copyOfRange(model, offset, offset + length));
            }
            Tools.run("qemu-img", "check", "-q", "-f", "parallels", file);
            Files.write(plain, model);
            Tools.run("qemu-img", "compare", "-q", "-f", "parallels", "-F", "raw", file, plain);
            assertArrayEquals(model, read(file));
        }
    }

    private static void write(Path file, int offset, byte[] bytes) throws IOException {
        MemoryFolder memory = MemoryFolder.of(Parallels.NAME, MemoryStorage.of(Files.readAllBytes(file)));
        try (OpenImage image = Parallels.open(memory, Mode.WRITE)) {
            image.driver().write(offset, bytes);
            image.driver().flush();
            assertEquals(0, image.image().check(Progress.NONE).errors());
        }
        Files.write(file, memory.bare(Parallels.NAME).bytes());
    }

    private static byte[] read(Path file) throws IOException {
        MemoryFolder memory = MemoryFolder.of(Parallels.NAME, MemoryStorage.of(Files.readAllBytes(file)));
        try (OpenImage image = Parallels.open(memory, Mode.READ)) {
            return image.driver().readAll();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1 << 20, 1 << 16, 4096, 512})
    void qemuFindsNoFaultInImagesMadeHere(int cluster) throws Exception {
        Tools.need("qemu-img");
        byte[] model = new byte[SIZE];
        Random random = new Random(cluster);
        OpenImage image = Parallels.create(SIZE, cluster);
        for (int round = 0; round < 10; round++) {
            byte[] bytes = new byte[512 * (1 + random.nextInt(300))];
            random.nextBytes(bytes);
            int offset = random.nextInt((SIZE - bytes.length) / 512) * 512;
            System.arraycopy(bytes, 0, model, offset, bytes.length);
            image.driver().write(offset, bytes);
            int block = random.nextInt(SIZE / cluster);
            image.driver().free((long) block * cluster, cluster);
            java.util.Arrays.fill(model, block * cluster, (block + 1) * cluster, (byte) 0);
            image.driver().flush();
        }
        image.close();
        Path file = folder.resolve("d.hds");
        Path plain = folder.resolve("plain");
        Files.write(file, image.folder().bare(Parallels.NAME).bytes());
        Files.write(plain, model);
        Tools.run("qemu-img", "compare", "-q", "-f", "parallels", "-F", "raw", file, plain);
        Tools.run("qemu-img", "check", "-q", "-f", "parallels", file);
    }

    @Test
    void theOldSignatureReadsAsListedAndIsWritten() throws Exception {
        Path corpus = Tools.corpus().resolve("qemu");
        MemoryFolder memory = Tools.unpacked(corpus, "parallels-v1");
        assertTrue(new ParallelsBackend().probe(memory.bare("parallels-v1")));
        try (OpenImage image = Parallels.open(memory, "parallels-v1", Mode.WRITE)) {
            byte[] all = image.driver().readAll();
            assertEquals(2097152, all.length);
            assertEquals("9a4fe3bc73937297651d080f4cd26fc5", md5(all));
            image.driver().write(1 << 20, Parallels.filled(5));
            image.driver().flush();
            System.arraycopy(Parallels.filled(5), 0, all, 1 << 20, 1 << 16);
            assertArrayEquals(all, image.driver().readAll());
            assertEquals(0, image.image().check(Progress.NONE).errors());
            Tools.need("qemu-img");
            Files.write(folder.resolve("d.hds"), memory.bare("parallels-v1").bytes());
            Files.write(folder.resolve("plain"), all);
        }
        Tools.run("qemu-img", "check", "-q", "-f", "parallels", folder.resolve("d.hds"));
        Tools.run(
                "qemu-img",
                "compare",
                "-q",
                "-f",
                "parallels",
                "-F",
                "raw",
                folder.resolve("d.hds"),
                folder.resolve("plain"));
    }

    private static String md5(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
    }
}
