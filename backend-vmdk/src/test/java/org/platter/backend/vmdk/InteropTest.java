// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.platter.backend.vmdk.Vmdk.NAME;
import static org.platter.backend.vmdk.Vmdk.assertClean;
import static org.platter.backend.vmdk.Vmdk.create;
import static org.platter.backend.vmdk.Vmdk.created;
import static org.platter.backend.vmdk.Vmdk.open;
import static org.platter.backend.vmdk.Vmdk.random;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.ImageSpec;
import org.platter.format.ParentLink;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** QEMU, 7-Zip and libvmdk take our images, and we take QEMU's. */
class InteropTest {
    private static final int SIZE = (6 << 20) + 65536 + 5 * 512;

    @TempDir
    Path folder;

    @BeforeEach
    void needQemu() {
        Tools.need("qemu-img");
        Tools.need("qemu-io");
    }

    /** A disk with data at both ends and in the middle. */
    private static byte[] disk() {
        byte[] disk = new byte[SIZE];
        System.arraycopy(random(1, 1_000_448), 0, disk, 0, 1_000_448);
        Arrays.fill(disk, 3 << 20, (3 << 20) + 300_000, (byte) 7);
        System.arraycopy(random(2, 5 * 512), 0, disk, SIZE - 5 * 512, 5 * 512);
        return disk;
    }

    private static Set<ImageFlag> flags(String names) {
        Set<ImageFlag> flags = EnumSet.noneOf(ImageFlag.class);
        Arrays.stream(names.split("\\+"))
                .filter(name -> !name.isEmpty())
                .map(ImageFlag::valueOf)
                .forEach(flags::add);
        return flags;
    }

    private MemoryFolder written(String names, String... config) throws IOException {
        boolean cowd = names.equals("ESX"); // else it would be flat
        String[] all = Arrays.copyOf(config, config.length + 4);
        all[config.length] = "ExtentSize";
        all[config.length + 1] = "4194304";
        all[config.length + 2] = cowd ? "GrainSize" : "HardwareVersion";
        all[config.length + 3] = cowd ? "512" : "11";
        MemoryFolder memory = new MemoryFolder();
        try (ImageDriver image = create(memory, ImageSpec.base(SIZE, flags(names)), all)) {
            byte[] disk = disk();
            image.write(0, Arrays.copyOf(disk, 1_000_448));
            image.write(3 << 20, Arrays.copyOfRange(disk, 3 << 20, (3 << 20) + 300_032));
            image.write(SIZE - 5 * 512, Arrays.copyOfRange(disk, SIZE - 5 * 512, SIZE));
            image.flush();
        }
        return memory;
    }

    private byte[] raw(String image) throws Exception {
        Path raw = folder.resolve("raw");
        Tools.run("qemu-img", "convert", "-f", "vmdk", "-O", "raw", folder.resolve(image), raw);
        byte[] bytes = Files.readAllBytes(raw);
        Files.delete(raw);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "FIXED", "SPLIT_2G", "SPLIT_2G+FIXED", "STREAM_OPTIMIZED", "ESX", "ESX+FIXED"})
    void qemuReadsAndChecksOurs(String names) throws Exception {
        Tools.store(written(names), folder);
        assertArrayEquals(disk(), raw(NAME));
        assertTrue(Tools.run("qemu-img", "check", "-f", "vmdk", folder.resolve(NAME))
                .contains("No errors"));
    }

    @Test
    void qemuReadsZeroMarks() throws Exception {
        MemoryFolder memory = written("", "ZeroedGrains", "1");
        try (ImageDriver image = open(memory, Mode.WRITE)) {
            assertTrue(image.zero(65536, 2 * 65536));
            image.flush();
        }
        Tools.store(memory, folder);
        byte[] expected = disk();
        Arrays.fill(expected, 65536, 3 * 65536, (byte) 0);
        assertArrayEquals(expected, raw(NAME));
        Path map = folder.resolve(NAME);
        assertTrue(
                Tools.run("qemu-img", "map", "--output=json", "-f", "vmdk", map).contains("\"zero\": true"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "FIXED", "SPLIT_2G", "SPLIT_2G+FIXED", "ESX+FIXED", "ESX"})
    void qemuGoesOnWritingOurs(String names) throws Exception {
        Tools.store(written(names), folder);
        String[] writes = {"write -P 17 5M 300k", "write -P 18 1000k 3k", "write -P 19 4190208 64k"};
        for (String write : writes) {
            Tools.run("qemu-io", "-f", "vmdk", "-c", write, folder.resolve(NAME));
        }
        byte[] expected = disk();
        Arrays.fill(expected, 5 << 20, (5 << 20) + 300 * 1024, (byte) 17);
        Arrays.fill(expected, 1000 * 1024, 1003 * 1024, (byte) 18);
        Arrays.fill(expected, 4_190_208, 4_190_208 + 65536, (byte) 19);
        MemoryFolder memory = Tools.load(folder);
        ImageDriver image = open(memory, Mode.WRITE);
        assertArrayEquals(expected, image.readAll());
        assertClean(image);
        image.write(2 << 20, random(5, 70_144));
        image.flush();
        image.close();
        Tools.store(memory, folder);
        System.arraycopy(random(5, 70_144), 0, expected, 2 << 20, 70_144);
        assertArrayEquals(expected, raw(NAME));
    }

    @ParameterizedTest
    @CsvSource({
        "monolithicSparse, '', true",
        "monolithicSparse, ',zeroed_grain=on', true",
        "monolithicSparse, ',adapter_type=lsilogic,hwversion=13', true",
        "monolithicSparse, ',compat6=on', true",
        "monolithicFlat, '', true",
        "twoGbMaxExtentSparse, '', true",
        "twoGbMaxExtentFlat, '', true",
        "streamOptimized, '', false"
    })
    void readsAndWritesWhatQemuMakes(String format, String options, boolean writable) throws Exception {
        Files.write(folder.resolve("in"), disk());
        Path image = folder.resolve(NAME);
        Tools.run(
                "qemu-img",
                "convert",
                "-f",
                "raw",
                "-O",
                "vmdk",
                "-o",
                "subformat=" + format + options,
                folder.resolve("in"),
                image);
        Files.delete(folder.resolve("in"));
        MemoryFolder memory = Tools.load(folder);
        ImageDriver mine = open(memory, writable ? Mode.WRITE : Mode.READ);
        assertArrayEquals(disk(), mine.readAll());
        assertClean(mine);
        if (writable) {
            byte[] expected = disk();
            System.arraycopy(random(6, 200_192), 0, expected, 4 << 20, 200_192);
            mine.write(4 << 20, random(6, 200_192));
            mine.flush();
            mine.close();
            Tools.store(memory, folder);
            assertArrayEquals(expected, raw(NAME));
            assertTrue(Tools.run("qemu-img", "check", "-f", "vmdk", image).contains("No errors"));
        }
    }

    @Test
    void qemuReadsImagesThatHaveGrown() throws Exception {
        for (String names : List.of("", "SPLIT_2G")) {
            MemoryFolder memory = written(names);
            try (ImageDriver image = open(memory, Mode.WRITE)) {
                image.image().resize(5L << 30);
                image.write((4L << 30) + 512, random(7, 512));
                image.flush();
            }
            Tools.store(memory, folder);
            String out = Tools.run(
                    "qemu-io",
                    "-r",
                    "-f",
                    "vmdk",
                    "-c",
                    "read -P 0 1G 64k",
                    "-c",
                    "read -v 4294967808 16",
                    folder.resolve(NAME));
            assertTrue(out.contains(String.format("%02x %02x", random(7, 2)[0], random(7, 2)[1])), out);
            try (var files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    @Test
    void qemuReadsOurChildOnItsParent() throws Exception {
        Files.write(folder.resolve("in"), disk());
        Path base = folder.resolve("base.vmdk");
        Tools.run("qemu-img", "convert", "-f", "raw", "-O", "vmdk", folder.resolve("in"), base);
        MemoryFolder memory = Tools.load(folder);
        ImageInfo parent = new VmdkBackend()
                .open(TestImageContext.of(memory, "base.vmdk", Mode.READ))
                .info();
        assertEquals(8, parent.contentId().length());
        ParentLink link = ParentLink.to(parent, List.of("base.vmdk"));
        try (ImageDriver child = create(memory, ImageSpec.base(SIZE, Set.of()).withParent(link))) {
            child.write(65536, random(8, 65536));
            child.flush();
        }
        Tools.store(memory, folder);
        byte[] expected = disk();
        System.arraycopy(random(8, 65536), 0, expected, 65536, 65536);
        assertArrayEquals(expected, raw(NAME));
    }

    @Test
    void readsQemusChildOnOurParent() throws Exception {
        MemoryFolder memory = written("");
        memory.move(NAME, "base.vmdk");
        Tools.store(memory, folder);
        Path child = folder.resolve(NAME);
        Tools.run("qemu-img", "create", "-f", "vmdk", "-b", folder.resolve("base.vmdk"), "-F", "vmdk", child);
        Tools.run("qemu-io", "-f", "vmdk", "-c", "write -P 9 64k 64k", child);
        ImageDriver mine = open(Tools.load(folder), Mode.READ, disk());
        byte[] expected = disk();
        Arrays.fill(expected, 65536, 2 * 65536, (byte) 9);
        assertArrayEquals(expected, mine.readAll());
        ParentLink link = mine.image().info().parent().orElseThrow();
        ImageInfo base = new VmdkBackend()
                .open(TestImageContext.of(memory, "base.vmdk", Mode.READ))
                .info();
        assertEquals(base.contentId(), link.contentId());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "FIXED", "SPLIT_2G", "SPLIT_2G+FIXED", "STREAM_OPTIMIZED", "ESX+FIXED"})
    void sevenZipReadsOurs(String names) throws Exception {
        Tools.need("7z");
        Tools.store(written(names), folder);
        Path out = folder.resolve("out");
        Tools.run("7z", "x", "-y", "-o" + out, folder.resolve(NAME));
        try (var files = Files.list(out)) {
            List<Path> all = files.toList();
            assertEquals(1, all.size(), all::toString);
            assertArrayEquals(disk(), Files.readAllBytes(all.get(0)));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', Monolithic sparse",
        "FIXED, Monolithic flat",
        "SPLIT_2G, 2GB extent sparse",
        "SPLIT_2G+FIXED, 2GB extent flat",
        "STREAM_OPTIMIZED, Stream optimized",
        "ESX, VMFS sparse",
        "ESX+FIXED, VMFS flat"
    })
    void libvmdkKnowsOurs(String names, String kind) throws Exception {
        Tools.need("vmdkinfo");
        Tools.store(written(names), folder);
        String info = Tools.run("vmdkinfo", folder.resolve(NAME));
        assertTrue(info.contains(kind), info);
        assertTrue(info.contains("(" + SIZE + " bytes)"), info);
    }

    @Test
    void streamOfADiskOfOtherGrainsIsReadByQemu() throws Exception {
        Tools.store(created(Set.of(ImageFlag.STREAM_OPTIMIZED), SIZE, disk(), "GrainSize", "131072"), folder);
        assertArrayEquals(disk(), raw(NAME));
    }

    /** Needs a host that lets this user mount file systems of its own. */
    @ParameterizedTest
    @ValueSource(strings = {"", "SPLIT_2G", "STREAM_OPTIMIZED", "ESX+FIXED"})
    void libvmdkReadsOurs(String names) throws Exception {
        Tools.need("vmdkmount");
        assumeTrue(Files.isWritable(Path.of("/dev/fuse")), "no FUSE");
        Tools.store(written(names), folder);
        Path mount = Files.createDirectory(folder.resolve("mount"));
        Process process = new ProcessBuilder("vmdkmount", "" + folder.resolve(NAME), "" + mount)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assumeTrue(process.waitFor() == 0, "FUSE is not allowed");
        try {
            assertArrayEquals(disk(), Files.readAllBytes(mount.resolve("vmdk1")));
        } finally {
            Tools.run("umount", mount);
        }
    }
}
