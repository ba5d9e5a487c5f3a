// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.platter.space.DiskReader;
import org.platter.space.DiskSpace;
import org.platter.space.SpaceCursor;
import org.platter.space.SpaceRange;

/** Trees of files to put into file systems, and what is done to disks to find out whether unused ranges are. */
final class Lab {
    private Lab() {}

    /** Files of random names, sizes and bytes in some folders, {@code prefix} in front of each name. */
    static void grow(Path root, String prefix, int files, long seed) throws IOException {
        Random random = new Random(seed);
        for (int number = 0; number < files; number++) {
            Path folder = root.resolve("d" + random.nextInt(5));
            if (random.nextInt(3) == 0) {
                folder = folder.resolve("e" + random.nextInt(3));
            }
            Files.createDirectories(folder);
            byte[] bytes = new byte[random.nextInt(random.nextInt(6) == 0 ? 400_000 : 12_000)];
            random.nextBytes(bytes);
            Files.write(folder.resolve(prefix + number), bytes);
        }
    }

    /** The MD5 of each file, by its place in the tree. */
    static Map<String, String> sums(Path root) throws Exception {
        Map<String, String> sums = new TreeMap<>();
        try (var files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                byte[] sum = MessageDigest.getInstance("MD5").digest(Files.readAllBytes(file));
                sums.put(root.relativize(file).toString(), HexFormat.of().formatHex(sum));
            }
        }
        return sums;
    }

    static DiskReader reader(FileChannel channel) {
        return (dst, offset) -> {
            for (long at = offset; dst.hasRemaining(); ) {
                int count = channel.read(dst, at);
                if (count < 0) {
                    throw new java.io.EOFException("read behind the disk at " + at);
                }
                at += count;
            }
        };
    }

    /** A call with a disk that has been looked at. */
    interface Look {
        void at(DiskSpace space) throws Exception;
    }

    static void look(Path disk, Look look) throws Exception {
        try (FileChannel channel = FileChannel.open(disk)) {
            look.at(new FileSystems().look(reader(channel), channel.size()));
        }
    }

    /** Bytes of all unused ranges, which must ascend. */
    static long total(DiskSpace space) throws IOException {
        long total = 0;
        long last = 0;
        SpaceCursor cursor = space.unused();
        for (Optional<SpaceRange> next = cursor.next(); next.isPresent(); next = cursor.next()) {
            assertTrue(next.get().offset() >= last, next.get() + " after " + last);
            last = next.get().end();
            total += next.get().length();
        }
        return total;
    }

    /** A copy of a disk, with random bytes in all ranges that are reported as unused. */
    static Path spoilt(Path disk) throws Exception {
        Path copy = disk.resolveSibling(disk.getFileName() + ".spoilt");
        Files.copy(disk, copy, StandardCopyOption.REPLACE_EXISTING);
        Random random = new Random(1);
        look(disk, space -> {
            try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
                SpaceCursor cursor = space.unused();
                for (Optional<SpaceRange> next = cursor.next(); next.isPresent(); next = cursor.next()) {
                    spoil(channel, next.get(), random);
                }
            }
        });
        return copy;
    }

    private static void spoil(FileChannel channel, SpaceRange range, Random random) throws IOException {
        byte[] bytes = new byte[1 << 16];
        for (long at = range.offset(); at < range.end(); at += bytes.length) {
            random.nextBytes(bytes);
            int count = (int) Math.min(bytes.length, range.end() - at);
            channel.write(ByteBuffer.wrap(bytes, 0, count), at);
        }
    }

    /** Puts a file into another at an offset. */
    static void splice(Path from, Path to, long offset) throws IOException {
        try (FileChannel source = FileChannel.open(from);
                FileChannel target = FileChannel.open(to, StandardOpenOption.WRITE)) {
            target.position(offset);
            source.transferTo(0, source.size(), target);
        }
    }

    /** Takes a part of a file out. */
    static void cut(Path from, long offset, long length, Path to) throws IOException {
        try (FileChannel source = FileChannel.open(from);
                FileChannel target = FileChannel.open(
                        to,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            source.transferTo(offset, length, target);
        }
    }
}
