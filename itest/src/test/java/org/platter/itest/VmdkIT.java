// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskManager;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.format.ImageFlag;

/** VMDK images as files among files: chains that were moved, mixed, or made by others, pipes, and forged names. */
@RunWith(PaxExam.class)
public class VmdkIT {
    private static final int SIZE = 8 << 20;
    private static final int PART = 1 << 20;

    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    @Inject
    private DiskManager manager;

    private final byte[] content = new byte[SIZE];
    private final Random random = new Random(1);
    private Programs programs;

    @Before
    public void programsRunInTheFolder() {
        programs = new Programs(temporary.getRoot().toPath());
    }

    private Path path(String name) {
        return temporary.getRoot().toPath().resolve(name);
    }

    private CreateRequest image(String name) {
        return CreateRequest.of(path(name).toUri()).withSize(SIZE);
    }

    private VirtualDisk open(String name, OpenFlag... flags) throws IOException {
        VirtualDisk disk = manager.newDisk();
        disk.openChain(OpenRequest.of(path(name).toUri()).with(flags));
        return disk;
    }

    private void write(VirtualDisk disk, int offset) throws IOException {
        byte[] bytes = new byte[PART];
        random.nextBytes(bytes);
        disk.write(ByteBuffer.wrap(bytes), offset);
        System.arraycopy(bytes, 0, content, offset, PART);
    }

    private void assertContent(String name) throws IOException {
        try (VirtualDisk disk = open(name, OpenFlag.READ_ONLY)) {
            ByteBuffer all = ByteBuffer.allocate(SIZE);
            disk.read(all, 0);
            assertArrayEquals(content, all.array());
        }
    }

    private static String platter() {
        return System.getProperty("platter.home") + "/bin/platter";
    }

    @Test
    public void aChainIsFoundAfterItsFolderAndAllFilesWereRenamed() throws Exception {
        Files.createDirectory(path("vm"));
        try (VirtualDisk disk = manager.newDisk()) {
            disk.create(image("vm/vm.vmdk").with(ImageFlag.FIXED));
            write(disk, 0);
            disk.create(image("vm/vm-000001.vmdk").with(ImageFlag.DIFF, ImageFlag.ESX));
            write(disk, PART);
            disk.create(image("vm/vm-000002.vmdk").with(ImageFlag.DIFF, ImageFlag.ESX));
            write(disk, PART / 2);
        }
        assertEquals(
                List.of(
                        "vm-000001-delta.vmdk",
                        "vm-000001.vmdk",
                        "vm-000002-delta.vmdk",
                        "vm-000002.vmdk",
                        "vm-flat.vmdk",
                        "vm.vmdk"),
                names("vm"));
        Files.move(path("vm"), path("renamed"));
        for (String name : names("renamed")) {
            Path file = path("renamed/" + name);
            if (!name.contains("-delta") && !name.contains("-flat")) {
                // as VMware writes them: links by content id and name, no UUIDs
                String text = Files.readString(file, StandardCharsets.ISO_8859_1)
                        .replaceAll("(?m)^ddb\\.uuid.*\\R", "")
                        .replace("\"vm", "\"guest");
                Files.writeString(file, text, StandardCharsets.ISO_8859_1);
            }
            Files.move(file, path("renamed/" + name.replace("vm", "guest").replace(".guestdk", ".vmdk")));
        }
        assertContent("renamed/guest-000002.vmdk");
        try (VirtualDisk disk = open("renamed/guest-000002.vmdk")) {
            assertEquals(3, disk.layers().size());
            write(disk, 3 * PART);
        }
        assertContent("renamed/guest-000002.vmdk");
    }

    private List<String> names(String folder) throws IOException {
        try (Stream<Path> files = Files.list(path(folder))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    public void aChildOnAVdiIsReadAndWritten() throws Exception {
        try (VirtualDisk disk = manager.newDisk()) {
            disk.create(image("base.vdi"));
            write(disk, 0);
            disk.create(image("child.vmdk").with(ImageFlag.DIFF));
            write(disk, PART / 2);
        }
        assertContent("child.vmdk");
        try (VirtualDisk disk = open("child.vmdk")) {
            assertEquals("VDI", disk.layers().get(0).format().name());
            write(disk, SIZE - PART);
        }
        assertContent("child.vmdk");
    }

    @Test
    public void ourChildOnQemusParentIsReadByBoth() throws Exception {
        Programs.need("qemu-img", "qemu-io");
        programs.run("qemu-img", "create", "-f", "vmdk", "base.vmdk", SIZE + "");
        programs.run("qemu-io", "-f", "vmdk", "-c", "write -P 5 100k 2M", "base.vmdk");
        Arrays.fill(content, 100 << 10, (100 << 10) + (2 << 20), (byte) 5);
        try (VirtualDisk disk = open("base.vmdk", OpenFlag.READ_ONLY)) {
            disk.create(image("child.vmdk").with(ImageFlag.DIFF));
            write(disk, PART);
        }
        assertContent("child.vmdk");
        assertSameForQemu("child.vmdk");
    }

    @Test
    public void qemusChildOnOurParentIsReadByBoth() throws Exception {
        Programs.need("qemu-img", "qemu-io");
        try (VirtualDisk disk = manager.newDisk()) {
            disk.create(image("base.vmdk"));
            write(disk, PART / 2);
        }
        programs.run("qemu-img", "create", "-f", "vmdk", "-b", "base.vmdk", "-F", "vmdk", "child.vmdk");
        programs.run("qemu-io", "-f", "vmdk", "-c", "write -P 9 1M 300k", "child.vmdk");
        Arrays.fill(content, 1 << 20, (1 << 20) + (300 << 10), (byte) 9);
        assertContent("child.vmdk");
        try (VirtualDisk disk = open("child.vmdk")) {
            write(disk, 4 * PART);
        }
        assertContent("child.vmdk");
        assertSameForQemu("child.vmdk");
    }

    private void assertSameForQemu(String name) throws Exception {
        Files.write(path("content"), content);
        programs.run("qemu-img", "compare", "-f", "vmdk", "-F", "raw", name, "content");
        programs.run("qemu-img", "check", "-f", "vmdk", name);
    }

    @Test
    public void aStreamGoesIntoAPipe() throws Exception {
        Programs.need("qemu-img");
        try (VirtualDisk disk = manager.newDisk()) {
            disk.create(image("disk.vdi"));
            write(disk, PART / 2);
            write(disk, SIZE - PART);
        }
        String convert = platter() + " convert disk.vdi -t VMDK --variant stream -";
        programs.run("bash", "-c", "set -o pipefail; " + convert + " | cat > piped.vmdk");
        assertContent("piped.vmdk");
        assertSameForQemu("piped.vmdk");
        assertTrue(programs.end(programs.start("bash", "-c", convert + " > /dev/full"), 1)
                .contains("[DISK_FULL]"));
        assertTrue(programs.end(programs.start("bash", "-c", platter() + " convert disk.vdi -t VMDK -"), 2)
                .contains("--variant stream"));
    }

    @Test
    public void sixtyTebibytesFitIntoASmallHeap() throws Exception {
        String small = "PLATTER_OPTS=-Xmx128m";
        long last = (60L << 40) - 512;
        programs.run("env", small, platter(), "create", "large.vmdk", "60T");
        programs.run("env", small, platter(), "write", "--fill", "7", "--length", "512", "large.vmdk", "" + last);
        assertTrue(programs.run("env", small, platter(), "read", "--hex", "large.vmdk", "" + last, "512")
                .contains("07 07 07 07"));
        assertTrue(programs.run("env", small, platter(), "info", "large.vmdk").contains("60 TiB"));
    }

    @Test
    public void noNameInAnImageOpensAFileOutsideItsFolder() throws Exception {
        Programs.need("strace");
        Files.createDirectory(path("jail"));
        Files.createDirectory(path("secret"));
        Files.write(path("secret/data"), new byte[SIZE]);
        try (VirtualDisk disk = manager.newDisk()) {
            disk.create(image("secret/base.vmdk"));
        }
        Files.createSymbolicLink(path("jail/link"), Path.of("../secret/data"));
        Files.createSymbolicLink(path("jail/folder"), Path.of("../secret"));
        Files.write(path("jail/part"), new byte[SIZE]);
        String secret = path("secret").toString();
        List<String> script = new ArrayList<>();
        for (String name :
                List.of("../secret/data", secret + "/data", "file://" + secret + "/data", "link", "folder/data")) {
            script.add(forge(script.size(), "RW 16384 FLAT \"" + name + "\" 0", ""));
        }
        for (String name : List.of("../secret/base.vmdk", secret + "/base.vmdk", "folder/base.vmdk")) {
            script.add(forge(script.size(), "RW 16384 FLAT \"part\" 0", name));
        }
        Files.write(path("script"), script);
        String output =
                programs.run("bash", "-c", "strace -f -qq -e trace=%file -o trace " + platter() + " - < script");
        assertEquals(
                output,
                script.size(),
                output.lines()
                        .filter(line -> line.matches(".*\\[(DENIED|NOT_FOUND)]"))
                        .count());
        List<String> calls = Files.readAllLines(path("trace"), StandardCharsets.ISO_8859_1).stream()
                .filter(call -> call.matches("\\d+ +(open|creat|unlink|rename|mkdir|link|symlink|truncate).*"))
                .toList();
        assertTrue(calls.stream().anyMatch(call -> call.contains("jail/0.vmdk")));
        assertEquals(
                List.of(),
                calls.stream().filter(call -> call.contains("secret")).toList());
        assertFalse(Files.exists(path("jail/0.img")));
    }

    /** Makes an image of an extent and perhaps a parent; gives a line of a script that converts it and goes on. */
    private String forge(int number, String extent, String parent) throws IOException {
        String link = parent.isEmpty()
                ? "parentCID=ffffffff\n"
                : "parentCID=12345678\nparentFileNameHint=\"" + parent + "\"\n";
        Files.writeString(
                path("jail/" + number + ".vmdk"),
                "# Disk DescriptorFile\nversion=1\nCID=fffffffe\n" + link + "createType=\"custom\"\n" + extent + "\n");
        return "try { convert jail/" + number + ".vmdk jail/" + number + ".img } { echo \"$exception\" }";
    }
}
