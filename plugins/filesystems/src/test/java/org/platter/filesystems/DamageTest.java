// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.platter.error.DiskException;
import org.platter.space.DiskReader;

/** Whatever a disk holds is an answer, quickly and in bounded memory; nothing is reported that is not on the disk. */
class DamageTest {
    /** More for a long run. */
    private static final int ROUNDS = Integer.getInteger("platter.damage", 100);

    private static final long MOST_MEMORY = 64L << 20;

    @TempDir
    Path folder;

    private static DiskReader reader(byte[] bytes) {
        return (dst, offset) -> dst.put(bytes, (int) offset, dst.remaining());
    }

    private static void look(byte[] disk) throws IOException {
        long before = allocated();
        try {
            var space = new FileSystems().look(reader(disk), disk.length);
            long total = Lab.total(space);
            assertTrue(total >= 0 && total <= disk.length, "unused: " + total + " of " + disk.length);
        } catch (DiskException e) {
            throw new AssertionError("damage is an answer", e);
        }
        assertTrue(allocated() - before < MOST_MEMORY + 8L * disk.length, "took " + (allocated() - before));
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean())
                .getCurrentThreadAllocatedBytes();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mke2fs | -q -F -t ext4 -b 1024 disk 4M | 8192",
                "mkfs.fat | -F 16 -C disk 10240 | 4096",
                "mkfs.fat | -F 32 -C disk 8192 | 4096",
                "mkfs.exfat | disk | 300000",
                "mkntfs | -q -F -s 512 disk | 8192",
                "mkswap | -q disk | 4096",
                "sfdisk | -q disk | 4096"
            })
    void damagedDisksAreAnswers(String program, String options, int front) throws Exception {
        Tools.need(program);
        boolean makes = options.contains("-C");
        String input = program.equals("sfdisk") ? "printf 'label: gpt\\nsize=1MiB\\nsize=1MiB\\n' | " : "";
        Tools.sh(folder, (makes ? "" : "truncate -s 8M disk; ") + input + program + " " + options);
        byte[] good = Files.readAllBytes(folder.resolve("disk"));
        look(good);
        for (int seed = 0; seed < ROUNDS; seed++) {
            byte[] bad = damaged(good, front, seed);
            look(seed % 10 == 9 ? Arrays.copyOf(bad, new Random(seed).nextInt(bad.length)) : bad);
        }
    }

    /** The least XFS is too large for memory: damage lies over the file. */
    @org.junit.jupiter.api.Test
    void damagedXfsIsAnAnswer() throws Exception {
        Tools.need("mkfs.xfs");
        Tools.sh(folder, "truncate -s 300M disk; mkfs.xfs -q disk");
        try (FileChannel channel = FileChannel.open(folder.resolve("disk"))) {
            byte[] front = new byte[1 << 15];
            channel.read(ByteBuffer.wrap(front), 0);
            for (int seed = 0; seed < ROUNDS * 4; seed++) {
                byte[] bad = damaged(front, front.length, seed);
                if (seed % 2 == 0) {
                    mend(bad);
                }
                DiskReader file = Lab.reader(channel);
                long total = Lab.total(new FileSystems()
                        .look(
                                (dst, offset) -> {
                                    int at = dst.position();
                                    file.read(dst, offset);
                                    for (long byteAt = offset; byteAt < bad.length && at < dst.limit(); byteAt++) {
                                        dst.put(at++, bad[(int) byteAt]);
                                    }
                                },
                                channel.size()));
                assertTrue(total >= 0 && total <= channel.size());
            }
        }
    }

    /** Makes the checksum of a superblock right, so that more is looked at. */
    private static void mend(byte[] xfs) {
        Arrays.fill(xfs, 224, 228, (byte) 0);
        CRC32C crc = new CRC32C();
        crc.update(xfs, 0, 512);
        ByteBuffer.wrap(xfs).order(java.nio.ByteOrder.LITTLE_ENDIAN).putInt(224, (int) crc.getValue());
    }

    private static byte[] damaged(byte[] good, int front, int seed) {
        byte[] bad = good.clone();
        Random random = new Random(seed);
        for (int count = 1 + random.nextInt(4); count > 0; count--) {
            int at = random.nextInt(random.nextBoolean() ? 2048 : Math.min(front, bad.length) - 8);
            switch (random.nextInt(3)) {
                case 0 -> bad[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bad[at] = (byte) 0xFF;
                default -> ByteBuffer.wrap(bad).putInt(at, random.nextInt(3) - 1);
            }
        }
        return bad;
    }

    /** The bytes are a disk. */
    @FuzzTest(maxDuration = "30s")
    void disk(byte[] bytes) throws IOException {
        look(bytes);
        byte[] larger = Arrays.copyOf(bytes, 1 << 20);
        look(larger);
    }
}
