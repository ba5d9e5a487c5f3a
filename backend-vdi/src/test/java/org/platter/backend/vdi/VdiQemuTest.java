// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.config.Config;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Geometry;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageContext;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.storage.Storage;
import org.platter.storage.TcpConnector;
import org.platter.testkit.ImageDriver;

/** QEMU takes our images and we take its. */
class VdiQemuTest {
    private static final int MIB = 1 << 20;

    @TempDir
    Path folder;

    @BeforeEach
    void needQemu() {
        Tools.need("qemu-img");
        Tools.need("qemu-io");
    }

    private record FileContext(Storage storage) implements ImageContext {
        @Override
        public URI location() {
            return storage.location();
        }

        @Override
        public Storage storage(String name) throws IOException {
            throw new DiskException(ErrorCode.DENIED, name + ": there is one file");
        }

        @Override
        public Storage storageForReading(String name) throws IOException {
            return storage(name);
        }

        @Override
        public Storage createStorage(String name) throws IOException {
            return storage(name);
        }

        @Override
        public Config config() {
            return Config.EMPTY;
        }

        @Override
        public boolean writable() {
            return true;
        }

        @Override
        public boolean infoOnly() {
            return false;
        }

        @Override
        public TcpConnector connector() {
            throw new AssertionError("a file needs no network");
        }
    }

    @FunctionalInterface
    private interface Use {
        void of(ImageDriver image) throws IOException;
    }

    private Path made(ImageSpec spec, Use use) throws IOException {
        Path path = folder.resolve("ours.vdi");
        try (Storage storage = new ChannelStorage(path, CREATE_NEW, READ, WRITE)) {
            use.of(new ImageDriver(new VdiBackend().create(new FileContext(storage), spec)));
        }
        return path;
    }

    private void changed(Path path, Use use) throws IOException {
        try (Storage storage = new ChannelStorage(path, READ, WRITE)) {
            use.of(new ImageDriver(new VdiBackend().open(new FileContext(storage))));
        }
    }

    /** The whole disk, as QEMU reads it. */
    private byte[] asQemuReads(Path path) throws Exception {
        Path raw = folder.resolve("read.raw");
        Tools.run("qemu-img", "convert", "-f", "vdi", "-O", "raw", path.toString(), raw.toString());
        byte[] bytes = Files.readAllBytes(raw);
        Files.delete(raw);
        return bytes;
    }

    private static void assertClean(Path path) throws Exception {
        String report = Tools.run("qemu-img", "check", "-f", "vdi", path.toString());
        assertTrue(report.contains("No errors"), report);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @CsvSource({"DYNAMIC, 512", "DYNAMIC, 3146240", "DYNAMIC, 20971520", "FIXED, 1048576", "FIXED, 3146240"})
    void qemuReadsWhatWeMake(String kind, int size) throws Exception {
        Set<ImageFlag> flags = kind.equals("FIXED") ? Set.of(ImageFlag.FIXED) : Set.of();
        byte[] disk = new byte[size];
        Path path = made(
                ImageSpec.base(size, flags)
                        .withComment("made by us")
                        .withGeometry(java.util.Optional.empty(), java.util.Optional.of(new Geometry(9, 16, 63))),
                image -> {
                    for (int at : new int[] {size - 512, 0, size / 2 / 512 * 512}) {
                        byte[] sector = random(512);
                        System.arraycopy(sector, 0, disk, at, 512);
                        image.write(at, sector);
                    }
                    image.flush();
                });
        assertClean(path);
        assertArrayEquals(disk, asQemuReads(path));
    }

    @Test
    void qemuReadsZeroMarksAndWritesOn() throws Exception {
        byte[] disk = random(8 * MIB);
        Path path = made(ImageSpec.base(8 * MIB, Set.of()), image -> {
            image.write(0, disk);
            image.flush();
            image.zero(6 * MIB, MIB);
            image.free(7 * MIB, MIB);
            image.flush();
        });
        Arrays.fill(disk, 6 * MIB, 8 * MIB, (byte) 0);
        assertClean(path);
        assertArrayEquals(disk, asQemuReads(path));
        Tools.run("qemu-io", "-t", "unsafe", "-f", "vdi", "-c", "write -P 0x77 7340032 4096", path.toString());
        Arrays.fill(disk, 7 * MIB, 7 * MIB + 4096, (byte) 0x77);
        changed(path, image -> assertArrayEquals(disk, image.readAll()));
        assertClean(path);
    }

    @ParameterizedTest
    @ValueSource(strings = {"off", "on"})
    void weReadAndWriteWhatQemuMakes(String fixed) throws Exception {
        Path raw = folder.resolve("source.raw");
        byte[] disk = random(5 * MIB + 512);
        Arrays.fill(disk, MIB, 3 * MIB, (byte) 0);
        Files.write(raw, disk);
        Path path = folder.resolve("theirs.vdi");
        Tools.run(
                "qemu-img",
                "convert",
                "-f",
                "raw",
                "-O",
                "vdi",
                "-o",
                "static=" + fixed,
                raw.toString(),
                path.toString());
        changed(path, image -> {
            assertArrayEquals(disk, image.readAll());
            assertEquals(fixed.equals("on"), image.image().info().is(ImageFlag.FIXED));
            byte[] piece = random(300 * 512);
            System.arraycopy(piece, 0, disk, 2 * MIB - 512, piece.length);
            image.write(2 * MIB - 512, piece);
            image.image().update(ImageAttributes.NONE.withComment("touched").withLogical(new Geometry(3, 16, 63)));
            image.flush();
            assertEquals(
                    0,
                    image.image().check(Progress.NONE).errors()
                            + image.image().check(Progress.NONE).leaks());
        });
        assertClean(path);
        assertArrayEquals(disk, asQemuReads(path));
        changed(path, image -> assertEquals("touched", image.image().info().comment()));
    }

    @Test
    void fullImageOfQemuGrows() throws Exception {
        Path path = folder.resolve("theirs.vdi");
        Tools.run("qemu-img", "create", "-q", "-f", "vdi", path.toString(), "128M");
        Tools.run("qemu-io", "-t", "unsafe", "-f", "vdi", "-c", "write -P 0x31 0 128M", path.toString());
        changed(path, image -> {
            image.image().resize(1024L * MIB);
            image.write(1023 * MIB, random(MIB));
            image.flush();
        });
        assertClean(path);
        Tools.run("qemu-io", "-t", "unsafe", "-f", "vdi", "-c", "read -P 0x31 0 128M", path.toString());
        Tools.run("qemu-io", "-t", "unsafe", "-f", "vdi", "-c", "read -P 0 900M 16M", path.toString());
        assertTrue(Tools.run("qemu-img", "info", path.toString()).contains("1 GiB"));
    }

    @Test
    void repairedImageIsCleanForQemuToo() throws Exception {
        byte[] disk = random(6 * MIB);
        Path path = made(ImageSpec.base(6 * MIB, Set.of()), image -> {
            image.write(0, disk);
            image.flush();
            image.free(MIB, MIB);
            image.flush();
        });
        Arrays.fill(disk, MIB, 2 * MIB, (byte) 0);
        changed(path, image -> image.image().repair(RepairMode.SAFE, Progress.NONE));
        assertClean(path);
        assertArrayEquals(disk, asQemuReads(path));
        assertEquals(7L * MIB, Files.size(path));
    }
}
