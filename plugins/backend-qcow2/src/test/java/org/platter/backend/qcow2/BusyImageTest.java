// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.format.CheckReport;
import org.platter.format.Image;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.format.Progress;
import org.platter.format.Run;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** Images that are used by several at once, as the platform does it. */
class BusyImageTest {
    private static final String NAME = "disk.qcow2";

    private static Image made(MemoryFolder folder, Map<String, String> config, long size, ImageFlag... flags)
            throws IOException {
        TestImageContext context =
                TestImageContext.of(folder, NAME, Mode.CREATE).withConfig(Options.SCHEMA, config);
        return new Qcow2Backend().create(context, ImageSpec.base(size, Set.of(flags)));
    }

    private static Image reopened(MemoryFolder folder) throws IOException {
        return new Qcow2Backend().open(TestImageContext.of(folder, NAME, Mode.WRITE));
    }

    private static void assertClean(Image image) throws IOException {
        CheckReport report = image.check(Progress.NONE);
        assertEquals(
                0, report.errors() + report.leaks(), () -> report.findings().toString());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatChangesDuringACheckIsNoFault(long seed) throws IOException {
        int size = 4 << 20;
        MemoryFolder folder = new MemoryFolder();
        Random random = new Random(seed);
        Map<String, String> config = Map.of(Options.CLUSTER_SIZE, "512", Options.REFCOUNT_BITS, "8");
        ImageDriver image = new ImageDriver(made(folder, config, size));
        byte[] disk = new byte[size];
        for (int i = 0; i < 60; i++) {
            change(image, disk, random);
        }
        image.flush();
        int[] steps = {0};
        CheckReport report = image.image().check(bytes -> {
            steps[0]++;
            try {
                for (int i = random.nextInt(4); i > 0; i--) {
                    change(image, disk, random);
                }
                if (random.nextInt(3) == 0) {
                    image.flush();
                }
            } catch (DiskException e) {
                throw e;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        assertTrue(steps[0] > 10, () -> "only " + steps[0] + " steps");
        assertEquals(
                0, report.errors() + report.leaks(), () -> report.findings().toString());
        image.flush();
        assertClean(image.image());
        assertArrayEquals(disk, image.readAll());
    }

    private static void change(ImageDriver image, byte[] disk, Random random) throws IOException {
        int block = (int) image.image().info().blockSize();
        int first = random.nextInt(disk.length / block);
        int end = Math.min(disk.length, (first + 1 + random.nextInt(200)) * block);
        if (random.nextInt(3) == 0) {
            image.free(first * block, end - first * block);
            Arrays.fill(disk, first * block, end, (byte) 0);
        } else {
            byte[] bytes = Disks.random(random.nextLong(), end - first * block);
            image.write(first * block, bytes);
            System.arraycopy(bytes, 0, disk, first * block, bytes.length);
        }
    }

    /** Room is given in order by one, and filled by four at once. */
    @ParameterizedTest
    @CsvSource({"zlib, 65536, 16", "zstd, 65536, 16", "zlib, 4096, 2", "zstd, 512, 1"})
    void manyThreadsCompressAtOnce(String type, String cluster, String bits) throws Exception {
        int size = (12 << 20) + 512;
        int window = 1 << 18;
        byte[] disk = Disks.random(4, size);
        MemoryFolder folder = new MemoryFolder();
        Map<String, String> config =
                Map.of(Options.CLUSTER_SIZE, cluster, Options.COMPRESSION_TYPE, type, Options.REFCOUNT_BITS, bits);
        Image image = made(folder, config, size, ImageFlag.COMPRESSED);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int at = 0; at < size; at += window) {
                List<Run.Data> rooms = new ArrayList<>();
                int end = Math.min(size, at + window);
                synchronized (image) {
                    for (long place = at;
                            place < end;
                            place = rooms.get(rooms.size() - 1).end()) {
                        rooms.add(image.allocate(place, end - place));
                    }
                }
                all.add(threads.submit(() -> {
                    for (Run.Data room : rooms) {
                        int from = (int) room.offset();
                        room.storage().write(ByteBuffer.wrap(disk, from, (int) room.length()), room.position());
                    }
                    synchronized (image) {
                        for (Run.Data room : rooms) {
                            image.remap(room);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        } finally {
            threads.shutdown();
        }
        image.flush();
        assertClean(image);
        assertArrayEquals(disk, new ImageDriver(image).readAll());
        assertArrayEquals(disk, new ImageDriver(reopened(folder)).readAll());
    }

    @Test
    void tablesAtTheEndMoveIntoHolesSoThatTheFileGetsShorter() throws IOException {
        int size = 8 << 20;
        MemoryFolder folder = new MemoryFolder();
        ImageDriver image = new ImageDriver(made(folder, Map.of(Options.CLUSTER_SIZE, "512"), size));
        byte[] disk = Disks.random(9, size);
        image.write(0, disk);
        image.flush();
        long full = folder.bare(NAME).size();
        for (int at = 0; at < size; at += 65536) {
            assertTrue(image.free(at + 512, 65536 - 512)); // one cluster of each 64 KiB stays, and half the L2 tables
            Arrays.fill(disk, at + 512, at + 65536, (byte) 0);
        }
        image.flush();
        compact(image, disk);
        long left = folder.bare(NAME).size();
        assertTrue(left < full / 20, () -> left + " of " + full + " bytes are left");
        assertClean(image.image());
        ImageDriver again = new ImageDriver(reopened(folder));
        assertArrayEquals(disk, again.readAll());
        assertClean(again.image());
    }

    /** Moves data from the end into holes, as the platform's compaction does. */
    private static void compact(ImageDriver image, byte[] disk) throws IOException {
        for (int at = 0; at < disk.length; at += 65536) {
            Run.Data data = (Run.Data) image.map(at, 512);
            Run.Data room = image.allocate(at, 512);
            if (room.position() < data.position()) {
                room.storage().write(ByteBuffer.wrap(disk, at, 512), room.position());
                image.remap(room);
            }
        }
        image.flush();
    }
}
