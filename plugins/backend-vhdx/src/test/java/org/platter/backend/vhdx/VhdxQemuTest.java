// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.format.CheckReport;
import org.platter.format.ImageSpec;
import org.platter.format.Progress;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** QEMU and this format read and write each other's images. */
class VhdxQemuTest {
    private static final String NAME = "disk.vhdx";
    private static final int SIZE = (9 << 20) + 512 * 3;

    @TempDir
    private Path folder;

    @BeforeEach
    void needQemu() {
        Tools.need("qemu-img");
        Tools.need("qemu-io");
    }

    private static byte[] random(int seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "subformat=dynamic",
                "subformat=dynamic,block_size=1M",
                "subformat=dynamic,block_size=4M,log_size=3M",
                "subformat=fixed,block_size=1M",
                "subformat=dynamic,block_state_zero=off,block_size=2M"
            })
    void bothWriteOneImageInTurn(String options) throws Exception {
        byte[] disk = random(1, SIZE);
        java.util.Arrays.fill(disk, 2 << 20, 5 << 20, (byte) 0);
        Path raw = Files.write(folder.resolve("raw"), disk);
        Path image = folder.resolve(NAME);
        Tools.run("qemu-img", "convert", "-f", "raw", "-O", "vhdx", "-o", options, "" + raw, "" + image);
        for (int round = 0; round < 4; round++) {
            MemoryFolder memory = MemoryFolder.of(NAME, Files.readAllBytes(image));
            try (ImageDriver ours =
                    new ImageDriver(new VhdxBackend().open(TestImageContext.of(memory, NAME, Mode.WRITE)))) {
                assertArrayEquals(disk, ours.readAll());
                byte[] bytes = random(10 + round, 70_000 / 512 * 512);
                int at = (round * 3 << 20) % (8 << 20) + 1024;
                ours.write(at, bytes);
                System.arraycopy(bytes, 0, disk, at, bytes.length);
                ours.flush();
                CheckReport report = ours.image().check(Progress.NONE);
                assertEquals(0, report.errors(), report::toString);
            }
            Files.write(image, memory.bare(NAME).bytes());
            int at = (round * 5 << 20) % (8 << 20) + 4096;
            Tools.run("qemu-io", "-f", "vhdx", "-c", "write -P " + (round + 1) + " " + at + " 64k", "" + image);
            java.util.Arrays.fill(disk, at, at + (64 << 10), (byte) (round + 1));
            compare(disk, image);
        }
    }

    private void compare(byte[] disk, Path image) throws Exception {
        Path raw = Files.write(folder.resolve("raw"), disk);
        Tools.run("qemu-img", "check", "-f", "vhdx", "" + image);
        Tools.run("qemu-img", "compare", "-f", "raw", "-F", "vhdx", "" + raw, "" + image);
    }

    @Test
    void qemuReplaysALogThatWasCutShortInPlace() throws Exception {
        byte[] disk = new byte[SIZE];
        MemoryFolder memory = new MemoryFolder();
        List<byte[]> states = new java.util.ArrayList<>();
        TestImageContext context = TestImageContext.of(memory, NAME, Mode.CREATE)
                .withConfig(new VhdxBackend().schema(), java.util.Map.of());
        try (ImageDriver ours =
                new ImageDriver(new VhdxBackend().create(context, ImageSpec.base(SIZE, java.util.Set.of())))) {
            ours.flush();
            byte[] bytes = random(3, 4096);
            ours.write(6 << 20, bytes);
            System.arraycopy(bytes, 0, disk, 6 << 20, bytes.length);
            byte[] table = java.util.Arrays.copyOfRange(memory.bare(NAME).bytes(), 3 << 20, (3 << 20) + 4096);
            ours.flush();
            byte[] whole = memory.bare(NAME).bytes();
            System.arraycopy(table, 0, whole, 3 << 20, table.length);
            states.add(whole);
        }
        byte[] dirty = VhdxBytes.withLiveLog(states.get(0));
        MemoryFolder again = MemoryFolder.of(NAME, dirty);
        try (ImageDriver ours = new ImageDriver(new VhdxBackend().open(TestImageContext.of(again, NAME, Mode.READ)))) {
            assertArrayEquals(disk, ours.readAll());
        }
        assertArrayEquals(dirty, again.bare(NAME).bytes());
        Path image = Files.write(folder.resolve(NAME), dirty);
        Tools.run("qemu-img", "check", "-r", "all", "-f", "vhdx", "" + image);
        compare(disk, image);
    }
}
