// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.platter.disk.Layer;
import org.platter.disk.OpenFlag;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;

/**
 * Sixteen threads read and write one disk, each at sectors of its own that lie between those of the others, so that all
 * meet in every block. 3 seconds, or one minute where {@code PLATTER_CI} is true.
 */
class ManyThreadsTest {
    private static final int THREADS = 16;
    private static final int SECTOR = 512;
    private static final int SECTORS = 16 * 1024;

    static List<Arguments> chains() {
        return List.of(
                Arguments.of(ImageKind.VDI, ImageKind.VMDK),
                Arguments.of(ImageKind.VHD, ImageKind.VDI),
                Arguments.of(ImageKind.SPLIT, ImageKind.VHD));
    }

    @ParameterizedTest(name = "{1} on {0}")
    @MethodSource("chains")
    void everyThreadReadsWhatItHasWritten(ImageKind base, ImageKind child) throws Exception {
        Duration time = Thoroughness.FULL ? Duration.ofSeconds(20) : Duration.ofSeconds(1); // of three
        MemoryProvider files = new MemoryProvider();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (TestPlatform platform = TestPlatform.withFileFormats(files);
                VirtualDisk disk = platform.manager().newDisk()) {
            disk.create(base.at(MemoryProvider.uri("a." + base.extension())).withSize(SECTORS * SECTOR));
            for (long sector = 0; sector < SECTORS; sector += 7) {
                disk.write(stamped(sector, 0), sector * SECTOR);
            }
            disk.create(
                    child.at(MemoryProvider.uri("b." + child.extension())).withOpenFlags(Set.of(OpenFlag.ASYNC_IO)));
            long end = System.nanoTime() + time.toNanos();
            CompletableFuture<?>[] all = IntStream.range(0, THREADS)
                    .mapToObj(number -> CompletableFuture.runAsync(new Worker(disk, number, end), threads))
                    .toArray(CompletableFuture<?>[]::new);
            CompletableFuture.allOf(all).get(time.toSeconds() + 300, TimeUnit.SECONDS); // else they wait for each other
            for (Layer layer : disk.layers()) {
                assertEquals(0, disk.check(layer).join().errors());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static ByteBuffer stamped(long sector, long version) {
        ByteBuffer bytes = ByteBuffer.allocate(SECTOR);
        while (bytes.hasRemaining()) {
            bytes.putLong(sector + 1).putLong(version);
        }
        return bytes.flip();
    }

    /** The work of one thread, and what it knows of its sectors. */
    private static final class Worker implements Runnable {
        private final VirtualDisk disk;
        private final int number;
        private final long end;
        private final Random random;
        private final ByteBuffer[] mine = new ByteBuffer[SECTORS / THREADS];
        private long version;

        Worker(VirtualDisk disk, int number, long end) {
            this.disk = disk;
            this.number = number;
            this.end = end;
            random = new Random(number);
            for (int i = 0; i < mine.length; i++) {
                long sector = sector(i);
                mine[i] = sector % 7 == 0 ? stamped(sector, 0) : ByteBuffer.allocate(SECTOR);
            }
        }

        private long sector(int index) {
            return (long) index * THREADS + number;
        }

        @Override
        public void run() {
            try {
                while (System.nanoTime() < end) {
                    step();
                }
                for (int i = 0; i < mine.length; i++) {
                    verify(i);
                }
            } catch (DiskException e) {
                throw new AssertionError(e);
            }
        }

        private void step() throws DiskException {
            int index = random.nextInt(mine.length);
            int dice = random.nextInt(100);
            if (dice < 40) {
                write(index, stamped(sector(index), ++version), dice % 2 == 0);
            } else if (dice < 45) {
                disk.zero(sector(index) * SECTOR, SECTOR);
                mine[index] = ByteBuffer.allocate(SECTOR);
            } else if (dice < 46) {
                disk.flush();
            } else if (dice < 75) {
                verify(index);
            } else {
                readOthers();
            }
        }

        private void write(int index, ByteBuffer bytes, boolean async) throws DiskException {
            if (async) {
                disk.writeAsync(List.of(bytes.duplicate()), sector(index) * SECTOR)
                        .join();
            } else {
                disk.write(bytes.duplicate(), sector(index) * SECTOR);
            }
            mine[index] = bytes;
        }

        private void verify(int index) throws DiskException {
            ByteBuffer read = ByteBuffer.allocate(SECTOR);
            disk.read(read, sector(index) * SECTOR);
            assertEquals(mine[index], read.flip(), () -> "sector " + sector(index));
        }

        /** Others change them meanwhile, but no sector ever holds what belongs to another place. */
        private void readOthers() throws DiskException {
            int count = 1 + random.nextInt(64);
            long first = random.nextInt(SECTORS - count);
            ByteBuffer read = ByteBuffer.allocateDirect(count * SECTOR);
            disk.readAsync(List.of(read), first * SECTOR).join();
            read.flip();
            for (int i = 0; i < count; i++) {
                long stamp = read.getLong(i * SECTOR);
                long sector = first + i;
                assertTrue(stamp == 0 || stamp == sector + 1, () -> "sector " + sector + " shows " + (stamp - 1));
            }
        }
    }
}
