// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.space.Volume;

/**
 * File systems made, filled and thinned out by their own tools: random bytes in every range reported as unused change no
 * file, and the tools find no fault.
 */
class FileSystemsTest {
    /** Wants a device; it goes when it is no longer mounted. */
    private static final String EXFAT =
            "dev=$(losetup -f --show disk%s); mount.exfat-fuse $dev at || { losetup -d $dev; exit 1; }; losetup -d $dev";

    @TempDir
    Path folder;

    /** The one volume of a disk, which must be understood, and at least so many bytes of it unused. */
    private static Volume understood(Path disk, String type, long least) throws Exception {
        Volume[] only = new Volume[1];
        Lab.look(disk, space -> {
            assertEquals(1, space.volumes().size(), space.volumes()::toString);
            only[0] = space.volumes().get(0);
            assertFalse(only[0].whole(), only[0]::toString);
            assertEquals(type, only[0].type());
            long unused = Lab.total(space);
            assertEquals(only[0].length() - unused, only[0].used());
            assertTrue(unused >= least, unused + " bytes are unused, not " + least);
        });
        return only[0];
    }

    private static String reason(Path disk) throws Exception {
        String[] reason = new String[1];
        Lab.look(disk, space -> {
            reason[0] = space.volumes().get(0).reason();
            assertEquals(0, Lab.total(space));
            assertFalse(reason[0].isEmpty(), space.volumes()::toString);
        });
        return reason[0];
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ext2 | -b 1024 | 40M",
                "ext2 | -b 4096 -O ^sparse_super,^resize_inode | 60M",
                "ext3 | -b 1024 | 100M",
                "ext4 | -b 4096 | 300M",
                "ext4 | -b 1024 -g 1024 | 40M",
                "ext4 | -b 2048 -O ^flex_bg | 200M",
                "ext4 | -b 4096 -O ^metadata_csum,uninit_bg | 400M",
                "ext4 | -b 4096 -O bigalloc -C 65536 | 300M",
                "ext4 | -b 1024 -O meta_bg,^resize_inode | 300M",
                "ext4 | -b 4096 -O ^64bit,inline_data,metadata_csum_seed | 80M",
                "ext4 | -b 4096 -O sparse_super2 | 400M",
                "ext4 | -b 4096 -O orphan_file | 80M"
            })
    void ext(String type, String options, String size) throws Exception {
        Tools.need("mke2fs");
        Tools.need("debugfs");
        Path tree = folder.resolve("tree");
        Lab.grow(tree, "keep", 60, 1);
        Map<String, String> kept = Lab.sums(tree);
        Lab.grow(tree, "drop", 80, 2);
        Tools.sh(folder, "mke2fs -q -F -t " + type + " -L name " + options + " -d tree disk " + size);
        Tools.sh(
                folder,
                "cd tree; find . -name 'drop*' | sed 's/^/rm /' > ../commands; debugfs -w -f ../commands ../disk");
        Tools.sh(folder, "e2fsck -fy disk || test $? = 1"); // the numbers in the superblock, as an unmount leaves them
        assertEquals("name", understood(folder.resolve("disk"), type, 1 << 20).label());
        Path spoilt = Lab.spoilt(folder.resolve("disk"));
        Tools.sh(folder, "e2fsck -fn " + spoilt);
        Tools.sh(folder, "mkdir out; debugfs -R 'rdump / out' " + spoilt);
        assertEquals(kept, Lab.sums(folder.resolve("out")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"needs_recovery", "encrypt", "mmp"})
    void extThatIsNotUnderstoodIsLeft(String feature) throws Exception {
        Tools.need("mke2fs");
        Tools.need("debugfs");
        boolean known = feature.equals("encrypt");
        Tools.sh(folder, "mke2fs -q -F -t ext4 " + (feature.equals("mmp") ? "-O mmp " : "") + "disk 40M");
        if (known) {
            Tools.sh(folder, "tune2fs -O encrypt disk");
            understood(folder.resolve("disk"), "ext4", 1 << 20);
        } else if (feature.equals("mmp")) {
            assertTrue(reason(folder.resolve("disk")).contains("hosts"));
        } else {
            Tools.sh(folder, "debugfs -w -R 'feature " + feature + "' disk");
            assertTrue(reason(folder.resolve("disk")).contains("journal"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-F 12 disk 4096", "-F 16 disk 40000", "-F 32 disk 200000", "-F 32 -s 1 -f 1 disk 60000"})
    void fat(String options) throws Exception {
        Tools.need("mkfs.fat");
        Tools.need("mcopy");
        boolean tiny = options.contains("12");
        Path tree = folder.resolve("tree");
        Lab.grow(tree, "keep", tiny ? 20 : 50, 3);
        Map<String, String> kept = Lab.sums(tree);
        Lab.grow(tree, "drop", tiny ? 20 : 60, 4);
        Tools.sh(folder, "mkfs.fat -n NAME -C " + options);
        Tools.sh(folder, "mcopy -s -i disk tree/* ::/");
        Tools.sh(folder, "cd tree; find . -name 'drop*' | sed 's,^\\.,::,' | xargs mdel -i ../disk");
        Volume volume = understood(folder.resolve("disk"), "FAT" + options.substring(3, 5), 1 << 19);
        assertEquals("NAME", volume.label());
        Path spoilt = Lab.spoilt(folder.resolve("disk"));
        Tools.sh(folder, "fsck.fat -n " + spoilt);
        Tools.sh(folder, "mkdir out; mcopy -s -i " + spoilt + " ::/* out");
        assertEquals(kept, Lab.sums(folder.resolve("out")));
    }

    @Test
    void dirtyFatIsLeft() throws Exception {
        Tools.need("mkfs.fat");
        Tools.sh(folder, "mkfs.fat -F 32 -C disk 100000; printf '\\001' | dd of=disk bs=1 seek=65 conv=notrunc");
        assertTrue(reason(folder.resolve("disk")).contains("unmounted"));
    }

    /** Fills a file system that only the host can fill, and gives what must stay. */
    private Map<String, String> fillMounted(String mount) throws Exception {
        Tools.can(folder, "mkdir -p at; " + mount + " && umount at");
        Path tree = folder.resolve("tree");
        Lab.grow(tree, "keep", 80, 5);
        Map<String, String> kept = Lab.sums(tree);
        Lab.grow(tree, "drop", 120, 6);
        Tools.sh(folder, mount + "; trap 'umount at' EXIT; cp -r tree/. at; sync; find at -name 'drop*' -delete");
        return kept;
    }

    private void assertKept(Map<String, String> kept, String mount) throws Exception {
        Tools.sh(folder, mount + "; trap 'umount at' EXIT; cp -r at out");
        assertEquals(kept, Lab.sums(folder.resolve("out")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-b size=1024",
                "-m rmapbt=1,reflink=1 -d agcount=2",
                "-m finobt=0,reflink=0",
                "-d sunit=128,swidth=256 -d agcount=2"
            })
    void xfs(String options) throws Exception {
        Tools.need("mkfs.xfs");
        Tools.sh(folder, "truncate -s 320M disk; mkfs.xfs -q -L name " + options + " disk");
        understood(folder.resolve("disk"), "xfs", 1 << 20);
        Map<String, String> kept = fillMounted("mount -o loop disk at");
        Volume volume = understood(folder.resolve("disk"), "xfs", 1 << 20);
        assertEquals("name", volume.label());
        Path spoilt = Lab.spoilt(folder.resolve("disk"));
        Tools.sh(folder, "xfs_repair -n " + spoilt);
        assertKept(kept, "mount -o loop,ro disk.spoilt at");
    }

    /** The mark of unmounting decides, and that nothing of a later round stands behind the head. */
    @ParameterizedTest
    @CsvSource({"1, 9, 0", "5, 3, 1", "1000, 3, 1"})
    void xfsWithAnotherLastRecordIsLeft(int sectors, int at, int value) throws Exception {
        Tools.need("mkfs.xfs");
        Path disk = folder.resolve("disk");
        Tools.sh(folder, "truncate -s 300M disk; mkfs.xfs -q disk");
        understood(disk, "xfs", 1 << 20);
        int[] log = Arrays.stream(Tools.sh(folder, "xfs_db -r -c 'sb 0' -c 'p logstart agblklog agblocks' disk")
                        .split("\n"))
                .mapToInt(line -> Integer.parseInt(line.replaceAll(".*= ", "")))
                .toArray();
        long start = ((log[0] >> log[1]) * (long) log[2] + (log[0] & (1 << log[1]) - 1)) * 4096;
        try (FileChannel channel = FileChannel.open(disk, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {(byte) value}), start + 512L * sectors + at);
        }
        assertTrue(reason(disk).contains("log"));
    }

    /** Version 4, which newer hosts do not mount. */
    @Test
    void oldXfs() throws Exception {
        Tools.need("mkfs.xfs");
        Lab.grow(folder, "f", 10, 7);
        String files = Tools.sh(folder, "find d* -type f -size +0 | awk '{ print \"f\" NR \" ---644 0 0 \" $1 }'");
        Files.writeString(folder.resolve("proto"), "/none\n0 0\nd--755 0 0\n" + files + "$\n");
        Tools.sh(folder, "truncate -s 300M disk; mkfs.xfs -q -m crc=0 -p proto disk");
        understood(folder.resolve("disk"), "xfs", 1 << 20);
        Tools.sh(folder, "xfs_repair -n " + Lab.spoilt(folder.resolve("disk")));
    }

    /** A copy of a mounted file system is one after a crash. */
    @Test
    void xfsWithAnOpenLogIsLeft() throws Exception {
        Tools.need("mkfs.xfs");
        Tools.sh(folder, "truncate -s 300M disk; mkfs.xfs -q disk");
        Tools.can(folder, "mkdir -p at; mount -o loop disk at && umount at");
        for (int round = 0; round < 4; round++) {
            Tools.sh(
                    folder,
                    "mount -o loop disk at; trap 'umount at' EXIT; for i in $(seq 200); do echo $i > at/" + round
                            + "-$i; done; sync; echo x > at/y" + round + "; sync; cp disk crashed");
            assertTrue(reason(folder.resolve("crashed")).contains("log"));
            understood(folder.resolve("disk"), "xfs", 1 << 20);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-c 512", "-c 65536", "-s 4096"})
    void ntfs(String options) throws Exception {
        Tools.need("mkntfs");
        Tools.sh(folder, "truncate -s 100M disk; mkntfs -q -F -L name " + options + " disk");
        understood(folder.resolve("disk"), "NTFS", 1 << 20);
        Map<String, String> kept = fillMounted("ntfs-3g disk at");
        Volume volume = understood(folder.resolve("disk"), "NTFS", 1 << 20);
        assertEquals("name", volume.label());
        String facts = Tools.sh(folder, "ntfsinfo -m disk | grep -E 'Free Clusters|Cluster Size'");
        long free = Long.parseLong(facts.replaceAll("(?s).*Free Clusters: ([0-9]+).*", "$1"));
        long cluster = Long.parseLong(facts.replaceAll("(?s).*Cluster Size: ([0-9]+).*", "$1"));
        assertEquals(free * cluster, volume.length() - volume.used());
        Path spoilt = Lab.spoilt(folder.resolve("disk"));
        Tools.sh(folder, "ntfsfix -n " + spoilt);
        assertKept(kept, "ntfs-3g -o ro disk.spoilt at");
    }

    @Test
    void ntfsWithShadowCopiesIsLeft() throws Exception {
        Tools.need("mkntfs");
        String header =
                "\\0153\\0207\\0010\\0070\\0166\\0301\\0110\\0116\\0267\\0256\\0004\\0004\\0156\\0154\\0307\\0122";
        String write = "dd of=disk bs=1 conv=notrunc seek=";
        Tools.sh(folder, "truncate -s 40M disk; mkntfs -q -F disk; printf '%b' '" + header + "' | " + write + 0x1E00);
        understood(folder.resolve("disk"), "NTFS", 1 << 20);
        Tools.sh(folder, "printf x | " + write + (0x1E00 + 49));
        assertTrue(reason(folder.resolve("disk")).contains("shadow"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 0x4000})
    void markedNtfsIsLeft(int flags) throws Exception {
        Tools.need("mkntfs");
        Tools.sh(folder, "truncate -s 40M disk; mkntfs -q -F -c 4096 disk");
        Path disk = folder.resolve("disk");
        byte[] bytes = Files.readAllBytes(disk);
        ByteBuffer volume = ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        int record = (int) (volume.getLong(48) * 4096) + 3 * 1024;
        int at = record + volume.getShort(record + 20);
        while (volume.getInt(at) != 0x70) {
            at += volume.getInt(at + 4);
        }
        volume.putShort(at + volume.getShort(at + 20) + 10, (short) flags);
        Files.write(disk, bytes);
        assertTrue(reason(disk).contains("marked"));
    }

    @Test
    void hibernatedNtfsIsLeft() throws Exception {
        Tools.need("mkntfs");
        Tools.sh(folder, "truncate -s 40M disk; mkntfs -q -F disk");
        understood(folder.resolve("disk"), "NTFS", 1 << 20);
        Tools.sh(folder, "printf hibr > h; head -c 100000 /dev/zero >> h; ntfscp -q disk h hiberfil.sys");
        assertTrue(reason(folder.resolve("disk")).contains("hibernated"));
        Tools.sh(folder, "printf wake > h; head -c 100000 /dev/zero >> h; truncate -s 0 disk; truncate -s 40M disk");
        Tools.sh(folder, "mkntfs -q -F disk; ntfscp -q disk h HIBERFIL.SYS");
        understood(folder.resolve("disk"), "NTFS", 1 << 20);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-c 512", "-c 131072"})
    void exfat(String options) throws Exception {
        Tools.need("mkfs.exfat");
        Tools.sh(folder, "truncate -s 100M disk; mkfs.exfat -L name " + options + " disk");
        Map<String, String> kept = fillMounted(EXFAT.formatted(""));
        Volume volume = understood(folder.resolve("disk"), "exFAT", 1 << 20);
        assertEquals("name", volume.label());
        Path spoilt = Lab.spoilt(folder.resolve("disk"));
        Tools.sh(folder, "fsck.exfat -n " + spoilt);
        assertKept(kept, EXFAT.formatted(".spoilt"));
    }

    @Test
    void swap() throws Exception {
        Tools.need("mkswap");
        Tools.sh(folder, "truncate -s 10M disk; mkswap -q -L name disk");
        Volume volume = understood(folder.resolve("disk"), "swap", (10 << 20) - 4096);
        assertEquals("name", volume.label());
        assertEquals(4096, volume.used());
        assertEquals(
                "name",
                Tools.sh(folder, "blkid -o value -s LABEL " + Lab.spoilt(folder.resolve("disk")))
                        .strip());
    }

    @Test
    void suspendedSwapIsLeft() throws Exception {
        Tools.need("mkswap");
        Tools.sh(
                folder,
                "truncate -s 10M disk; mkswap -q disk; printf S1SUSPEND | dd of=disk bs=1 seek=4086 conv=notrunc");
        assertTrue(reason(folder.resolve("disk")).contains("suspended"));
    }

    @ParameterizedTest
    @CsvSource({
        "0, LUKS\\0272\\0276, LUKS",
        "3, -FVE-FS-, BitLocker",
        "65600, _BHRfS_M, btrfs",
        "131072, \\0014\\0261\\0272\\0000, ZFS"
    })
    void foreignOnesAreNamedAndLeft(int position, String sign, String name) throws Exception {
        Tools.sh(
                folder,
                "truncate -s 10M disk; printf '%b' '" + sign + "' | dd of=disk bs=1 seek=" + position
                        + " conv=notrunc");
        reason(folder.resolve("disk"));
        Lab.look(
                folder.resolve("disk"),
                space -> assertEquals(name, space.volumes().get(0).type()));
    }

    @Test
    void whatLooksLikeTwoIsLeft() throws Exception {
        Tools.need("mke2fs");
        Tools.need("mkfs.xfs");
        Tools.sh(folder, "truncate -s 400M disk; mkfs.xfs -q disk; head -c 512 disk > start; mke2fs -q -F disk");
        Tools.sh(folder, "dd if=start of=disk conv=notrunc");
        assertTrue(reason(folder.resolve("disk")).contains("looks like"));
    }

    @Test
    void nothingIsNothing() throws IOException {
        Files.write(folder.resolve("disk"), new byte[1 << 20]);
        assertEquals(0, new FileSystems().look((dst, offset) -> {}, 0).volumes().size());
        assertEquals(
                "unknown",
                new FileSystems()
                        .look((dst, offset) -> dst.position(dst.limit()), 1 << 20)
                        .volumes()
                        .get(0)
                        .type());
    }
}
