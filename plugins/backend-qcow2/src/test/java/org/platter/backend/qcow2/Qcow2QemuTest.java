// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.format.ParentLink;
import org.platter.testkit.ImageDriver;

/** QEMU takes our images and we take its, and both write one image in turn. */
class Qcow2QemuTest {
    private static final int MIB = 1 << 20;
    private static final int SIZE = 9 * MIB + 3 * 512;
    private static final byte[] NOTHING = {};

    @TempDir
    Path folder;

    @BeforeEach
    void needQemu() {
        Tools.need("qemu-img");
        Tools.need("qemu-io");
    }

    private static Map<String, String> config(String options) {
        Map<String, String> config = new HashMap<>();
        for (String option : options.split(",")) {
            if (!option.isEmpty()) {
                config.put(option.split("=")[0], option.split("=")[1]);
            }
        }
        return config;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "compat=1.1",
                "compat=0.10",
                "cluster_size=512",
                "cluster_size=2M",
                "cluster_size=4096,refcount_bits=1",
                "refcount_bits=2",
                "cluster_size=512,refcount_bits=4",
                "refcount_bits=8",
                "refcount_bits=32",
                "cluster_size=1024,refcount_bits=64",
                "lazy_refcounts=on",
                "extended_l2=on",
                "extended_l2=on,cluster_size=16384",
                "preallocation=metadata",
                "preallocation=falloc",
                "preallocation=full",
                "preallocation=metadata,extended_l2=on",
                "data_file=data.bin",
                "data_file=data.bin,data_file_raw=on",
                "compression_type=zstd"
            })
    void bothProgramsTakeTurnsOnImagesOfBoth(String named) throws Exception {
        String options = named.replace("data.bin", folder + "/data.bin"); // QEMU looks from where it was started
        Path theirs = folder.resolve("theirs.qcow2");
        Tools.run("qemu-img", "create", "-q", "-f", "qcow2", "-o", options, theirs.toString(), "" + SIZE);
        turns(theirs, new byte[SIZE], NOTHING, 1, 2);
        if (options.contains("data_file=")) {
            Files.delete(folder.resolve("data.bin"));
        }
        Path ours = folder.resolve("ours.qcow2");
        Disks.make(ours, ImageSpec.base(SIZE, Set.of()), config(options), NOTHING, image -> {});
        Disks.check(ours);
        turns(ours, new byte[SIZE], NOTHING, 2);
        if (options.contains("raw=on")) {
            byte[] raw = Files.readAllBytes(folder.resolve("data.bin")); // QEMU writes whole clusters
            assertArrayEquals(Disks.read(ours), Arrays.copyOf(raw, SIZE));
        }
    }

    /** Rounds of random changes by us, then by QEMU; the system property {@code platter.rounds} asks for more. */
    private static void turns(Path path, byte[] disk, byte[] parent, int seed) throws Exception {
        turns(path, disk, parent, seed, 1);
    }

    private static void turns(Path path, byte[] disk, byte[] parent, int seed, int rounds) throws Exception {
        Random random = new Random(seed);
        for (int round = 0; round < Integer.getInteger("platter.rounds", rounds); round++) {
            Disks.open(path, parent, image -> {
                assertArrayEquals(disk, image.readAll());
                for (int i = 0; i < 25; i++) {
                    change(image, disk, parent, random);
                }
                image.flush();
                assertArrayEquals(disk, image.readAll());
            });
            Disks.check(path);
            assertArrayEquals(disk, Disks.read(path));
            qemuIo(path, disk, random);
            Disks.check(path);
        }
        Disks.open(path, parent, image -> assertArrayEquals(disk, image.readAll()));
    }

    private static void change(ImageDriver image, byte[] disk, byte[] parent, Random random) throws IOException {
        int block = (int) image.image().info().blockSize();
        int kind = random.nextInt(8);
        if (kind < 5) {
            int offset = random.nextInt(disk.length / 512) * 512;
            int most = random.nextBoolean() ? 8192 : 300_000;
            int length = Math.min(disk.length - offset, (1 + random.nextInt(most / 512)) * 512);
            byte[] bytes = Disks.random(random.nextLong(), length);
            image.write(offset, bytes);
            System.arraycopy(bytes, 0, disk, offset, length);
        } else if (kind < 7) {
            int first = random.nextInt((disk.length + block - 1) / block);
            int end = Math.min(disk.length, (first + 1 + random.nextInt(20)) * block);
            boolean zero = kind == 5;
            if (zero
                    ? image.zero(first * block, end - first * block)
                    : image.free(first * block, end - first * block)) {
                Arrays.fill(disk, first * block, end, (byte) 0);
                if (!zero && parent.length > first * block) {
                    System.arraycopy(
                            parent, first * block, disk, first * block, Math.min(end, parent.length) - first * block);
                }
            }
        } else {
            image.flush();
        }
    }

    private static void qemuIo(Path path, byte[] disk, Random random) throws Exception {
        List<String> command = new ArrayList<>(List.of("qemu-io", "-f", "qcow2"));
        for (int i = 0; i < 12; i++) {
            int offset = random.nextInt(disk.length / 512) * 512;
            int length = Math.min(disk.length - offset, (1 + random.nextInt(300)) * 512);
            boolean zero = random.nextInt(4) == 0;
            int pattern = zero ? 0 : 1 + random.nextInt(254);
            command.add("-c");
            command.add(
                    zero
                            ? "write -q -z " + (random.nextBoolean() ? "-u " : "") + offset + " " + length
                            : "write -q -P " + pattern + " " + offset + " " + length);
            Arrays.fill(disk, offset, offset + length, (byte) pattern);
        }
        command.add(path.toString());
        Tools.run(command.toArray(String[]::new));
    }

    private byte[] convert(Path target, String... options) throws Exception {
        byte[] source = Disks.random(5, SIZE);
        Arrays.fill(source, 2 * MIB, 4 * MIB, (byte) 0);
        Path raw = folder.resolve("source.raw");
        Files.write(raw, source);
        List<String> command = new ArrayList<>(List.of("qemu-img", "convert", "-f", "raw", "-O", "qcow2"));
        command.addAll(List.of(options));
        command.addAll(List.of(raw.toString(), target.toString()));
        Tools.run(command.toArray(String[]::new));
        return source;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "compression_type=zlib",
                "compression_type=zstd",
                "compression_type=zlib,cluster_size=4096",
                "compression_type=zstd,cluster_size=2M",
                "compression_type=zlib,refcount_bits=1",
                "compression_type=zstd,extended_l2=on",
                "compat=0.10"
            })
    void compressedImagesOfQemuAreReadAndWrittenOver(String options) throws Exception {
        Path path = folder.resolve("theirs.qcow2");
        byte[] disk = convert(path, "-c", "-o", options);
        turns(path, disk, NOTHING, 3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "compression_type=zlib",
                "compression_type=zstd",
                "compression_type=zlib,cluster_size=4096",
                "compression_type=zstd,cluster_size=512",
                "compression_type=zstd,cluster_size=2M",
                "compression_type=zlib,refcount_bits=1",
                "compression_type=zlib,refcount_bits=2,cluster_size=4096",
                "compression_type=zstd,extended_l2=on",
                "compat=0.10"
            })
    void qemuReadsWhatWeCompressAndWritesOverIt(String options) throws Exception {
        Path path = folder.resolve("ours.qcow2");
        byte[] disk = Disks.random(6, SIZE);
        Arrays.fill(disk, 3 * MIB, 5 * MIB, (byte) 0);
        ImageSpec spec = ImageSpec.base(SIZE, Set.of(ImageFlag.COMPRESSED));
        Disks.make(path, spec, config(options), NOTHING, image -> {
            image.write(0, Arrays.copyOf(disk, 3 * MIB));
            image.write(5 * MIB, Arrays.copyOfRange(disk, 5 * MIB, SIZE));
            image.flush();
            assertArrayEquals(disk, image.readAll());
        });
        Disks.check(path);
        assertArrayEquals(disk, Disks.read(path));
        assertTrue(Tools.run("qemu-img", "check", path.toString()).contains("compressed clusters"));
        boolean packed = !options.contains("2M") && !options.contains("bits=1");
        assertTrue(
                !packed || Files.size(path) < 6 * MIB,
                () -> "the file has " + path.toFile().length() + " bytes");
        turns(path, disk, NOTHING, 4);
    }

    @Test
    void snapshotsStayAsTheyAre() throws Exception {
        Path path = folder.resolve("disk.qcow2");
        byte[] first = convert(path, "-c");
        Tools.run("qemu-img", "snapshot", "-c", "one", path.toString());
        byte[] disk = first.clone();
        turns(path, disk, NOTHING, 7, 3);
        byte[] second = disk.clone();
        Tools.run("qemu-img", "snapshot", "-c", "two", path.toString());
        turns(path, disk, NOTHING, 8);
        Disks.open(path, NOTHING, image -> {
            assertEquals(2, image.image().info().snapshots().size());
            assertEquals("one", image.image().info().snapshots().get(0).name());
            assertEquals(SIZE, image.image().info().snapshots().get(0).size());
        });
        Disks.open(path, Map.of(Options.SNAPSHOT, "one"), NOTHING, image -> assertArrayEquals(first, image.readAll()));
        Disks.open(path, Map.of(Options.SNAPSHOT, "2"), NOTHING, image -> assertArrayEquals(second, image.readAll()));
        Disks.open(path, NOTHING, image -> {
            image.image().resize(SIZE + 700L * MIB);
            image.write(SIZE, new byte[] {1});
            image.flush();
        });
        Disks.check(path);
        Tools.run("qemu-img", "resize", "-q", "--shrink", path.toString(), "" + SIZE);
        Tools.run("qemu-img", "snapshot", "-a", "one", path.toString());
        assertArrayEquals(first, Disks.read(path));
        turns(path, first.clone(), NOTHING, 9);
        Tools.run("qemu-img", "snapshot", "-a", "two", path.toString());
        assertArrayEquals(second, Disks.read(path));
        Tools.run("qemu-img", "snapshot", "-d", "one", path.toString());
        turns(path, second.clone(), NOTHING, 10);
        Tools.run("qemu-img", "snapshot", "-d", "two", path.toString());
        Disks.check(path);
    }

    @ParameterizedTest
    @ValueSource(strings = {"compat=1.1", "compat=0.10", "extended_l2=on", "cluster_size=4096"})
    void chainsOfBothProgramsReadAlike(String options) throws Exception {
        byte[] base = Disks.random(11, SIZE - 5 * MIB);
        Files.write(folder.resolve("base.raw"), base);
        Path middle = folder.resolve("middle.qcow2");
        ParentLink link = new ParentLink(ParentLink.NIL, ParentLink.NIL, "", List.of("base.raw"));
        Disks.make(middle, ImageSpec.base(SIZE, Set.of()).withParent(link), config(options), base, image -> {});
        Tools.run("qemu-img", "rebase", "-q", "-u", "-F", "raw", "-b", "base.raw", middle.toString());
        byte[] disk = Arrays.copyOf(base, SIZE);
        turns(middle, disk, base, 12);
        Path top = folder.resolve("top.qcow2");
        Tools.run(
                "qemu-img",
                "create",
                "-q",
                "-f",
                "qcow2",
                "-o",
                options,
                "-F",
                "qcow2",
                "-b",
                "middle.qcow2",
                top.toString());
        Disks.open(top, disk, image -> {
            assertEquals(
                    List.of("middle.qcow2"),
                    image.image().info().parent().orElseThrow().hints());
            assertTrue(image.image().info().notes().toString().contains("format qcow2"));
        });
        turns(top, disk.clone(), disk, 13);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"cluster_size=512", "cluster_size=65536", "extended_l2=on", "cluster_size=4096,compat=0.10"})
    void imagesGrowAndShrink(String options) throws Exception {
        Path path = folder.resolve("disk.qcow2");
        Tools.run("qemu-img", "create", "-q", "-f", "qcow2", "-o", options, path.toString(), "" + MIB);
        byte[] disk = Disks.random(14, MIB);
        Disks.open(path, NOTHING, image -> {
            image.write(0, disk);
            image.flush();
            image.image().resize(3000L * MIB);
            image.write(2999L * MIB, new byte[] {7, 7, 7, 7});
            image.flush();
        });
        Disks.check(path);
        Tools.run("qemu-io", "-f", "qcow2", "-c", "read -q -P 7 2999M 4", "-c", "read -q -P 0 1M 9M", path.toString());
        Disks.open(path, NOTHING, image -> {
            assertTrue(image.free(2000L * MIB, 1000L * MIB));
            image.flush();
            image.image().resize(MIB + 512);
            assertArrayEquals(Arrays.copyOf(disk, MIB + 512), image.readAll());
        });
        Disks.check(path);
        assertArrayEquals(Arrays.copyOf(disk, MIB + 512), Disks.read(path));
    }

    @Test
    void bitmapsAreListedAndInvalidAfterAChange() throws Exception {
        Path path = folder.resolve("disk.qcow2");
        convert(path);
        Tools.run("qemu-img", "bitmap", "--add", path.toString(), "backup");
        Tools.run("qemu-io", "-f", "qcow2", "-c", "write -q -P 9 1M 64k", path.toString());
        Disks.open(path, NOTHING, image -> {
            assertTrue(image.image().info().notes().toString().contains("'backup' is up to date"));
            image.write(0, new byte[512]);
            image.flush();
            assertTrue(image.image().info().notes().toString().contains("'backup' is not valid"));
        });
        assertFalse(Tools.run("qemu-img", "info", path.toString()).contains("name: backup"));
        Tools.run("qemu-img", "check", "-q", "-r", "all", path.toString());
        Disks.open(path, NOTHING, image -> assertEquals(9, image.read(MIB, 512)[3]));
    }
}
