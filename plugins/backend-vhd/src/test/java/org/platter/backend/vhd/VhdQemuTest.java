// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

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
import org.platter.format.CheckReport;
import org.platter.format.ImageContext;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.format.Progress;
import org.platter.storage.Storage;
import org.platter.storage.TcpConnector;
import org.platter.testkit.ImageDriver;

/** QEMU takes our images and we take its. It calls the format vpc. */
class VhdQemuTest {
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
        Path path = folder.resolve("ours.vhd");
        try (Storage storage = new ChannelStorage(path, CREATE_NEW, READ, WRITE)) {
            use.of(new ImageDriver(new VhdBackend().create(new FileContext(storage), spec)));
        }
        return path;
    }

    private static void changed(Path path, Use use) throws IOException {
        try (Storage storage = new ChannelStorage(path, READ, WRITE)) {
            ImageDriver image = new ImageDriver(new VhdBackend().open(new FileContext(storage)));
            use.of(image);
            CheckReport report = image.image().check(Progress.NONE);
            assertEquals(0, report.errors() + report.leaks(), report::toString);
        }
    }

    /** How QEMU must be told that the size of the disk is what the file says. */
    private static String described(Path path) {
        return "driver=vpc,force_size_calc=current_size,file.driver=file,file.filename=" + path;
    }

    private byte[] asQemuReads(String description) throws Exception {
        Path raw = folder.resolve("read.raw");
        Tools.run("qemu-img", "convert", "--image-opts", "-O", "raw", description, raw.toString());
        byte[] bytes = Files.readAllBytes(raw);
        Files.delete(raw);
        return bytes;
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @CsvSource({"DYNAMIC, 1048576", "DYNAMIC, 3146240", "DYNAMIC, 20971520", "FIXED, 1048576", "FIXED, 3146240"})
    void qemuReadsWhatWeMake(String kind, int size) throws Exception {
        Set<ImageFlag> flags = kind.equals("FIXED") ? Set.of(ImageFlag.FIXED) : Set.of();
        byte[] disk = new byte[size];
        Path path = made(ImageSpec.base(size, flags), image -> {
            for (int at : new int[] {size - 512, 0, size / 2 / 512 * 512}) {
                byte[] sector = random(512);
                System.arraycopy(sector, 0, disk, at, 512);
                image.write(at, sector);
            }
            image.flush();
        });
        assertArrayEquals(disk, asQemuReads(described(path)));
    }

    @Test
    void qemuNeedsNoHintAboutTheSizeOfOurImages() throws Exception {
        byte[] disk = random(3 * MIB + 512);
        Path path = made(ImageSpec.base(disk.length, Set.of()), image -> {
            image.write(0, disk);
            image.flush();
        });
        assertArrayEquals(disk, asQemuReads("driver=vpc,file.driver=file,file.filename=" + path));
    }

    @Test
    void qemuWritesOnWhereWeHaveLetGo() throws Exception {
        byte[] disk = random(12 * MIB);
        Path path = made(ImageSpec.base(disk.length, Set.of()), image -> {
            image.write(0, disk);
            image.flush();
            image.free(4 * MIB, 4 * MIB);
            image.flush();
        });
        Arrays.fill(disk, 4 * MIB, 8 * MIB, (byte) 0);
        assertArrayEquals(disk, asQemuReads(described(path)));
        Tools.run("qemu-io", "--image-opts", "-c", "write -P 0x77 7M 64k", described(path));
        Arrays.fill(disk, 7 * MIB, 7 * MIB + 65536, (byte) 0x77);
        changed(path, image -> {
            assertArrayEquals(disk, image.readAll());
            image.write(4 * MIB, random(MIB));
            image.flush();
        });
        System.arraycopy(random(MIB), 0, disk, 4 * MIB, MIB);
        assertArrayEquals(disk, asQemuReads(described(path)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"dynamic", "fixed"})
    void weReadAndWriteAndGrowWhatQemuMakes(String kind) throws Exception {
        Path raw = folder.resolve("source.raw");
        byte[] source = random(5 * MIB + 512);
        Arrays.fill(source, MIB, 4 * MIB, (byte) 0);
        Files.write(raw, source);
        Path path = folder.resolve("theirs.vhd");
        String options = "subformat=" + kind + ",force_size=on";
        Tools.run("qemu-img", "convert", "-f", "raw", "-O", "vpc", "-o", options, raw.toString(), path.toString());
        byte[] disk = Arrays.copyOf(source, 40 * MIB);
        changed(path, image -> {
            assertArrayEquals(source, image.readAll());
            assertEquals(kind.equals("fixed"), image.image().info().is(ImageFlag.FIXED));
            image.image().resize(disk.length);
            byte[] piece = random(300 * 512);
            for (int at : new int[] {2 * MIB - 512, 39 * MIB, 5 * MIB}) {
                System.arraycopy(piece, 0, disk, at, piece.length);
                image.write(at, piece);
            }
            image.flush();
        });
        assertArrayEquals(disk, asQemuReads(described(path)));
    }

    @Test
    void tableThatMovesIsFoundByQemu() throws Exception {
        Path path = folder.resolve("theirs.vhd");
        Tools.run("qemu-img", "create", "-q", "-f", "vpc", "-o", "force_size=on", path.toString(), "16M");
        Tools.run("qemu-io", "--image-opts", "-c", "write -P 0x31 0 16M", described(path));
        changed(path, image -> {
            image.image().resize(1024L * MIB);
            image.write(1023L * MIB, random(MIB));
            image.flush();
            assertTrue(VhdLayout.header(image.dataStorage(), VhdFooter.decode(bytes(image)))
                            .tablePosition()
                    > 16 * MIB);
        });
        Tools.run("qemu-io", "--image-opts", "-c", "read -P 0x31 0 16M", described(path));
        Tools.run("qemu-io", "--image-opts", "-c", "read -P 0 16M 1007M", described(path));
        Tools.run("qemu-io", "--image-opts", "-c", "write -P 0x32 500M 1M", described(path));
        changed(path, image -> {
            assertEquals(0x32, image.read(500L * MIB, 512)[7]);
            assertArrayEquals(random(MIB), image.read(1023L * MIB, MIB));
        });
    }

    private static java.nio.ByteBuffer bytes(ImageDriver image) throws IOException {
        java.nio.ByteBuffer bytes = java.nio.ByteBuffer.allocate(VhdFooter.BYTES);
        image.dataStorage().read(bytes, 0);
        return bytes.flip();
    }
}
