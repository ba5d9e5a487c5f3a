// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.space.Volume;

/** Disks that are divided. */
class PartitionsTest {
    private static final int MIB = 1 << 20;

    @TempDir
    Path folder;

    private Path disk;

    @BeforeEach
    void needTools() {
        Tools.need("sfdisk");
        Tools.need("fdisk");
        Tools.need("mke2fs");
        Tools.need("mkfs.fat");
        disk = folder.resolve("disk");
    }

    /** An ext4 of so many MiB with some files, some of which have gone. */
    private Path ext(String name, int size) throws Exception {
        Path tree = folder.resolve("tree");
        Lab.grow(tree, "keep", 30, size);
        Tools.sh(folder, "mke2fs -q -F -t ext4 -L " + name + " -d tree " + name + " " + size + "M; rm -r tree");
        return folder.resolve(name);
    }

    private List<Volume> volumes(Path of) throws Exception {
        List<Volume> found = new ArrayList<>();
        Lab.look(of, space -> {
            Lab.total(space);
            found.addAll(space.volumes());
        });
        return found;
    }

    private void assertSound(Path of, long offset, int size) throws Exception {
        Lab.cut(Lab.spoilt(of), offset, (long) size * MIB, folder.resolve("part"));
        Tools.sh(folder, "e2fsck -fn part");
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 4096})
    void gpt(int sector) throws Exception {
        int unit = MIB / sector;
        String commands =
                "g\\nn\\n1\\n" + unit + "\\n" + (21 * unit - 1) + "\\nn\\n2\\n" + 30 * unit + "\\n" + (70 * unit - 1)
                        + "\\nn\\n3\\n" + 22 * unit + "\\n" + (26 * unit - 1) + "\\nx\\nn\\n3\\nempty\\nr\\nw\\n";
        Tools.sh(folder, "truncate -s 80M disk; printf '" + commands + "' | fdisk -b " + sector + " disk");
        Lab.splice(ext("one", 20), disk, MIB);
        Lab.splice(ext("two", 40), disk, 30L * MIB);
        List<Volume> found = volumes(disk);
        assertEquals(List.of("1", "3", "2"), found.stream().map(Volume::name).toList(), found::toString);
        assertEquals(
                List.of("one", "empty", "two"),
                found.stream().map(Volume::label).toList());
        assertEquals(
                List.of("ext4", "unknown", "ext4"),
                found.stream().map(Volume::type).toList());
        assertEquals(
                List.of(MIB, 22 * MIB, 30 * MIB),
                found.stream().map(volume -> (int) volume.offset()).toList());
        assertEquals(4 * MIB, found.get(1).length());
        assertSound(disk, MIB, 20);
        assertSound(disk, 30L * MIB, 40);
    }

    @Test
    void damagedGptIsLeft() throws Exception {
        gpt(512);
        Tools.sh(folder, "printf x | dd of=disk bs=1 seek=530 conv=notrunc");
        assertEquals(1, volumes(disk).size());
        assertTrue(volumes(disk).get(0).reason().contains("damaged"));
    }

    @Test
    void gptUnderNewPartitionsIsLeft() throws Exception {
        gpt(512);
        Tools.sh(folder, "printf '\\203' | dd of=disk bs=1 seek=450 conv=notrunc");
        assertTrue(volumes(disk).get(0).reason().contains("contradict"));
    }

    @Test
    void mbrWithLogicalPartitions() throws Exception {
        String script = "label: dos\\nstart=2048, size=40960, type=83\\nstart=43008, size=100000, type=f\\n"
                + "start=45056, size=40960, type=83\\nstart=88064, size=20480, type=82\\n";
        Tools.sh(folder, "truncate -s 80M disk; printf '" + script + "' | sfdisk -q disk");
        Lab.splice(ext("one", 20), disk, 2048L * 512);
        Lab.splice(ext("two", 20), disk, 45056L * 512);
        Tools.sh(folder, "truncate -s 10M swap; mkswap -q swap");
        Lab.splice(folder.resolve("swap"), disk, 88064L * 512);
        List<Volume> found = volumes(disk);
        assertEquals(List.of("1", "5", "6"), found.stream().map(Volume::name).toList(), found::toString);
        assertEquals(
                List.of("ext4", "ext4", "swap"),
                found.stream().map(Volume::type).toList());
        assertSound(disk, 2048L * 512, 20);
        assertSound(disk, 45056L * 512, 20);
    }

    @ParameterizedTest
    @ValueSource(strings = {"42", "fd"})
    void partsOfLargerThingsAreLeft(String type) throws Exception {
        Tools.sh(
                folder,
                "truncate -s 40M disk; printf 'label: dos\nstart=2048, size=40960, type=" + type
                        + "\n' | sfdisk -q disk");
        Lab.splice(ext("one", 20), disk, MIB);
        assertTrue(volumes(disk).get(0).reason().contains("RAID"), volumes(disk)::toString);
        Tools.sh(
                folder,
                "printf 'label: gpt\nstart=2048, size=40960, type="
                        + (type.equals("fd")
                                ? "A19D880F-05FC-4D3B-A006-743F0F84911E"
                                : "AF9B60A0-1431-4F62-BC68-3311714A69AD")
                        + "\n' | sfdisk -q --wipe-partitions never disk");
        assertTrue(volumes(disk).get(0).reason().contains("RAID"), volumes(disk)::toString);
        assertEquals("1", volumes(disk).get(0).name());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\0374\\0116\\0053\\0251 65536", "\\0336\\0021\\0336\\0021 512", "Intel 1024"})
    void membersOfRaidsAreLeft(String sign) throws Exception {
        gpt(512);
        int back = Integer.parseInt(sign.split(" ")[1]);
        Tools.sh(
                folder,
                "printf '%b' '" + sign.split(" ")[0] + "' | dd of=disk bs=1 seek=" + (80 * MIB - back)
                        + " conv=notrunc");
        assertTrue(volumes(disk).get(0).reason().contains("RAID"), volumes(disk)::toString);
    }

    @Test
    void whatIsSealedIsLeft() throws Exception {
        gpt(512);
        Tools.sh(folder, "printf 'verity\\0\\0' | dd of=disk bs=1 seek=" + 22 * MIB + " conv=notrunc");
        assertTrue(volumes(disk).stream().allMatch(volume -> volume.reason().contains("dm-verity")));
        assertEquals(3, volumes(disk).size());
    }

    @Test
    void chainsThatGoBackEnd() throws Exception {
        mbrWithLogicalPartitions();
        try (FileChannel channel = FileChannel.open(disk, StandardOpenOption.WRITE, StandardOpenOption.READ)) {
            ByteBuffer link = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
            channel.write(link.putInt(0).flip(), 43008L * 512 + 446 + 16 + 8); // the second record is the first
        }
        assertEquals(2, volumes(disk).size());
    }

    @Test
    void overlappingAndLostPartitionsAreLeft() throws Exception {
        String script = "label: dos\\nstart=2048, size=40960, type=83\\nstart=43008, size=20480, type=83\\n";
        Tools.sh(folder, "truncate -s 80M disk; printf '" + script + "' | sfdisk -q disk");
        Lab.splice(ext("one", 20), disk, 2048L * 512);
        putInt(446 + 16 + 8, 43000);
        assertTrue(volumes(disk).get(0).reason().contains("overlaps"));
        assertTrue(volumes(disk).get(1).reason().contains("overlaps"));
        putInt(446 + 16 + 8, 43008);
        putInt(446 + 16 + 12, -1);
        assertEquals("", volumes(disk).get(0).reason());
        assertTrue(volumes(disk).get(1).reason().contains("behind the disk"));
    }

    private void putInt(long at, int value) throws Exception {
        try (FileChannel channel = FileChannel.open(disk, StandardOpenOption.WRITE)) {
            channel.write(
                    ByteBuffer.allocate(4)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putInt(value)
                            .flip(),
                    at);
        }
    }

    @Test
    void partitionsOverAnOldFileSystemAreLeft() throws Exception {
        Path old = ext("old", 40);
        Tools.sh(folder, "printf 'label: dos\\nstart=2048, size=40960, type=83\\n' | sfdisk -q --wipe never old");
        assertTrue(volumes(old).get(0).reason().contains("like ext4"), volumes(old)::toString);
    }

    /** One volume in two parts that are the other way round on the disk, and one that is not all here. */
    @Test
    void linearVolumes() throws Exception {
        Path fs = ext("root", 40);
        String text = group(lv("root", seg(1, 0, 5, "striped", 1, "pv0", 10) + seg(2, 5, 5, "striped", 1, "pv0", 2))
                + lv("far", seg(1, 0, 5, "striped", 1, "pv1", 0))
                + lv("thin", seg(1, 0, 2, "thin", 1, "pool", 0)));
        lvm(text);
        Lab.cut(fs, 0, 20L * MIB, folder.resolve("a"));
        Lab.cut(fs, 20L * MIB, 20L * MIB, folder.resolve("b"));
        Lab.splice(folder.resolve("a"), disk, MIB + 40L * MIB);
        Lab.splice(folder.resolve("b"), disk, MIB + 8L * MIB);
        List<Volume> found = volumes(disk);
        assertEquals(
                List.of("", "vg/root", "vg/far", "vg/thin"),
                found.stream().map(Volume::name).toList(),
                found::toString);
        assertEquals("ext4", found.get(1).type());
        assertEquals("", found.get(1).reason());
        assertTrue(found.get(2).reason().contains("device"));
        Path spoilt = Lab.spoilt(disk);
        Lab.cut(spoilt, MIB + 40L * MIB, 20L * MIB, folder.resolve("a"));
        Lab.cut(spoilt, MIB + 8L * MIB, 20L * MIB, folder.resolve("b"));
        Tools.sh(folder, "cat a b > part; e2fsck -fn part");
        Lab.look(disk, space -> assertTrue(Lab.total(space) > 10L * MIB));
    }

    @Test
    void originsOfSnapshotsAreLeft() throws Exception {
        String snapshot =
                "snapshot0 {\\nid = \"x\"\\nstatus = [\"READ\"]\\nsegment1 {\\nstart_extent = 0\\nextent_count = 1\\n"
                        + "type = \"snapshot\"\\norigin = \"root\"\\ncow_store = \"snap\"\\n}\\n}\\n";
        lvm(group((lv("root", seg(1, 0, 10, "striped", 1, "pv0", 0))
                        + lv("snap", seg(1, 0, 2, "striped", 1, "pv0", 10))
                        + snapshot)
                .replace("\\n", "\n")));
        Lab.splice(ext("root", 40), disk, MIB);
        List<Volume> found = volumes(disk);
        assertEquals(3, found.size());
        assertTrue(found.stream().allMatch(Volume::whole), found::toString);
    }

    @Test
    void damagedDescriptionsAreLeft() throws Exception {
        lvm(group(lv("root", seg(1, 0, 10, "striped", 1, "pv0", 0))));
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.seek(4096 + 512 + 40);
            file.write('~');
        }
        assertTrue(volumes(disk).get(0).reason().contains("checksum"));
    }

    @Test
    void nestedTooDeepOrUnfinishedIsDamage() throws Exception {
        for (String text : List.of("a {".repeat(10_000), "a = [1,", "a = \"", "}", "= 1", "a b")) {
            lvm(text);
            assertTrue(volumes(disk).get(0).reason().contains("damaged"), text);
        }
    }

    private static String seg(int number, int start, int count, String type, int stripes, String device, int at) {
        return "segment" + number + " {\nstart_extent = " + start + "\nextent_count = " + count + "\ntype = \"" + type
                + "\"\nstripe_count = " + stripes + "\nstripes = [\n\"" + device + "\", " + at + "\n]\n}\n";
    }

    private static String lv(String name, String segments) {
        return name + " {\nid = \"i\"\nstatus = [\"READ\", \"WRITE\", \"VISIBLE\"] # as made\nsegment_count = 1\n"
                + segments + "}\n";
    }

    private static String group(String volumes) {
        return "vg {\nid = \"g\"\nextent_size = 8192\nphysical_volumes {\npv0 {\nid = \"" + "a".repeat(6) + "-"
                + "a".repeat(26) + "\"\npe_start = 2048\npe_count = 20\n}\n}\nlogical_volumes {\n" + volumes
                + "}\n}\ncontents = \"x\"\n";
    }

    /** Writes label, header and description of a device of 90 MiB. */
    private void lvm(String text) throws Exception {
        byte[] description = text.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer label = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
        label.put("LABELONE".getBytes(StandardCharsets.US_ASCII))
                .putLong(1)
                .putInt(0)
                .putInt(32);
        label.put("LVM2 001".getBytes(StandardCharsets.US_ASCII));
        label.put("a".repeat(32).getBytes(StandardCharsets.US_ASCII)).putLong(90L * MIB);
        label.putLong(MIB)
                .putLong(0)
                .putLong(0)
                .putLong(0)
                .putLong(4096)
                .putLong(MIB - 4096)
                .putLong(0)
                .putLong(0);
        label.putInt(16, crc(label.array(), 20, 492)).rewind();
        ByteBuffer header =
                ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN).putInt(0);
        header.put(" LVM2 x[5A%r0N*>".getBytes(StandardCharsets.US_ASCII))
                .putInt(1)
                .putLong(4096)
                .putLong(MIB - 4096);
        header.putLong(512)
                .putLong(description.length)
                .putInt(crc(description, 0, description.length))
                .putInt(0);
        header.putInt(0, crc(header.array(), 4, 508)).rewind();
        Files.deleteIfExists(disk);
        Tools.sh(folder, "truncate -s 90M disk");
        try (FileChannel channel = FileChannel.open(disk, StandardOpenOption.WRITE)) {
            channel.write(label, 512);
            channel.write(header, 4096);
            channel.write(ByteBuffer.wrap(description), 4096 + 512);
        }
    }

    private static int crc(byte[] bytes, int from, int count) {
        int crc = 0xF597_A6CF;
        for (int at = from; at < from + count; at++) {
            crc ^= bytes[at] & 0xFF;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) != 0 ? crc >>> 1 ^ 0xEDB8_8320 : crc >>> 1;
            }
        }
        return crc;
    }

    @Test
    void realVolumesOfTheCorpus() throws Exception {
        Path image = Tools.corpus().resolve("dfvfs");
        Tools.need("qemu-img");
        Tools.sh(
                folder,
                "f=" + image + "/lvm.qcow2; if [ -e $f.gz ]; then zcat $f.gz > q; else cp $f q; fi; "
                        + "qemu-img convert -O raw q disk");
        List<Volume> found = volumes(disk);
        assertTrue(found.size() > 1, found::toString);
        assertEquals("LVM2", found.get(0).type());
        assertTrue(
                found.subList(1, found.size()).stream()
                        .anyMatch(volume -> volume.type().startsWith("ext")),
                found::toString);
    }
}
