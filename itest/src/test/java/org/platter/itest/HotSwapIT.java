// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.osgi.framework.Bundle;
import org.platter.disk.CopyRequest;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskOptions;
import org.platter.disk.Job;
import org.platter.disk.Layer;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.install.FormatInstaller;

/** Formats are replaced while disks of them are in use. */
@RunWith(PaxExam.class)
public class HotSwapIT extends HotSwap {
    private static final int MIB = 1 << 20;

    private static Duration load() {
        return demanded() ? Duration.ofSeconds(60) : Duration.ofSeconds(5);
    }

    /** Every second each format bundle is stopped and started, updated, installed anew, and upgraded side by side. */
    @Test
    public void noRequestFailsWhileEveryKindOfReplacementHappens() throws Exception {
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT);
                Pauses pauses = new Pauses(context)) {
            Load load = new Load(disk, 8).start();
            long start = System.nanoTime();
            int swaps = 0;
            for (int second = 1; System.nanoTime() - start < load().toNanos(); second++) {
                for (Way way : Way.values()) {
                    for (String name : FORMATS) {
                        replace(name, way);
                        swaps++;
                    }
                }
                long rest = start + Duration.ofSeconds(second).toNanos() - System.nanoTime();
                Thread.sleep(Math.max(0, rest / 1_000_000));
            }
            print(pauses.await(swaps));
            System.out.println("HotSwapIT: " + load.end());
            assertSound(disk);
        }
    }

    private static void print(List<Long> pauses) {
        for (Way way : Way.values()) {
            List<Long> those = IntStream.range(0, pauses.size())
                    .filter(i -> i / FORMATS.size() % Way.values().length == way.ordinal())
                    .mapToObj(pauses::get)
                    .toList();
            System.out.println("HotSwapIT: " + way + ": " + Pauses.figures(those));
        }
        System.out.println("HotSwapIT: all: " + Pauses.figures(pauses));
    }

    private static void assertSound(VirtualDisk disk) throws DiskException {
        for (Layer layer : disk.layers()) {
            assertEquals(Layer.State.OPEN, layer.state());
            if (layer.number() > 0) {
                assertEquals(0, disk.check(layer).join().errors());
            }
        }
    }

    @Test
    public void aConvertJobGoesOnAcrossSwapsOfBothItsFormats() throws Exception {
        long size = demanded() ? 2L << 30 : 256L << 20;
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT, size);
                VirtualDisk target = manager.newDisk()) {
            byte[] data = new byte[MIB];
            Random random = new Random(5);
            for (long at = 0; at < size; at += 4 * MIB) { // a quarter of it is data
                random.nextBytes(data);
                disk.write(ByteBuffer.wrap(data), at);
            }
            Job<Layer> job = disk.copy(disk.last(), CopyRequest.into(target, CreateRequest.of(file("copy.vmdk"))));
            job.rate(size / 8); // for as long as the swaps go on
            while (target.layers().isEmpty()) {
                Thread.onSpinWait();
            }
            for (int i = 0; i < 10; i++) {
                replace(List.of(VDI, VMDK).get(i % 2), Way.values()[i / 2 % Way.values().length]);
            }
            assertEquals(Job.State.RUNNING, job.state());
            job.rate(0);
            job.join();
            assertTrue(disk.compare(target).join().identical());
            assertEquals(0, target.check(target.last()).join().errors());
        }
    }

    @Test
    public void nobodyComesInTimeAndTheDiskHealsLater() throws Exception {
        byte[] data = new byte[MIB];
        new Random(6).nextBytes(data);
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT.withSwapTimeout(Duration.ofMillis(200)))) {
            disk.write(ByteBuffer.wrap(data), 512);
            Bundle vmdk = bundle(VMDK);
            vmdk.stop();
            ByteBuffer zeroes = ByteBuffer.allocate(512);
            List<CompletableFuture<Void>> waiting = List.of(
                    disk.readAsync(List.of(ByteBuffer.allocate(512)), 0),
                    disk.writeAsync(List.of(zeroes), 1024),
                    disk.flushAsync());
            assertGone(() -> disk.read(ByteBuffer.allocate(512), 0));
            assertEquals(Layer.State.FAILED, disk.layers().get(1).state());
            for (CompletableFuture<Void> request : waiting) {
                DiskException failure = (DiskException)
                        assertThrows(CompletionException.class, request::join).getCause();
                assertEquals(ErrorCode.BACKEND_GONE, failure.code());
                assertTrue(failure.getMessage(), failure.getMessage().contains("middle.vmdk"));
            }
            assertGone(() -> disk.write(zeroes.rewind(), 1024));
            assertGone(disk::flush);
            vmdk.start();
            assertArrayEquals(data, read(disk, 512, MIB));
            disk.write(ByteBuffer.wrap(data), 3 * MIB);
            assertArrayEquals(data, read(disk, 3 * MIB, MIB));
            assertSound(disk);
        }
    }

    private interface Request {
        void run() throws DiskException;
    }

    private static void assertGone(Request request) {
        assertEquals(
                ErrorCode.BACKEND_GONE,
                assertThrows(DiskException.class, request::run).code());
    }

    @Test
    public void removalIsRefusedWhileImagesAreOpen() throws Exception {
        try (VirtualDisk disk = chain(DiskOptions.DEFAULT)) {
            DiskException failure =
                    assertThrows(DiskException.class, () -> installer.remove("VDI", FormatInstaller.Removal.IF_UNUSED));
            assertEquals(ErrorCode.BAD_STATE, failure.code());
            assertTrue(failure.getMessage(), failure.getMessage().contains("top.vdi"));
            disk.read(ByteBuffer.allocate(512), 0);
        }
    }

    @Test
    public void rollbackPutsTheReplacedVersionBack() throws IOException {
        installer.upgrade("VDI", nextFile(VDI));
        assertTrue(manager.format("VDI").orElseThrow().version().startsWith("2.0."));
        installer.rollback("VDI");
        assertEquals("1.0.0.SNAPSHOT", manager.format("VDI").orElseThrow().version());
    }
}
