// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.export.DiskExport;
import org.platter.nbd.NbdClient.Answer;
import org.platter.nbd.NbdClient.Style;
import org.platter.nbd.session.Limits;

class TransmissionTest {
    private static final int EPERM = 1;
    private static final int EIO = 5;
    private static final int EINVAL = 22;
    private static final int ENOSPC = 28;
    private static final int ENOTSUP = 95;
    private static final int ESHUTDOWN = 108;
    private static final int SIZE = 8 << 20;

    private final MemoryDisk disk = new MemoryDisk(SIZE);
    private final Rig rig = new Rig(Limits.DEFAULT);

    @AfterEach
    void close() {
        rig.close();
    }

    private NbdClient open(Style style) throws IOException {
        if (rig.exporter.exports().isEmpty()) {
            rig.export(disk, r -> r);
        }
        return rig.track(NbdClient.open(rig.address(), "disk", style));
    }

    private static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @EnumSource
    void readsWhatWasWritten(Style style) throws IOException {
        NbdClient client = open(style);
        for (int length : new int[] {512, 4096, 65_536, 1 << 20, 3 << 20}) {
            byte[] data = random(length, length);
            client.write(512, data);
            assertArrayEquals(data, client.read(512, length));
        }
        assertEquals(SIZE, client.size);
    }

    @ParameterizedTest
    @EnumSource
    void readsAndWritesAnyBytes(Style style) throws IOException {
        NbdClient client = open(style);
        byte[] model = random(SIZE, 1);
        client.write(0, Arrays.copyOf(model, SIZE / 2));
        client.write(SIZE / 2, Arrays.copyOfRange(model, SIZE / 2, SIZE));
        int[][] ranges = {{1, 1}, {511, 2}, {513, 510}, {100, 3 << 20}, {SIZE - 1, 1}, {1000, 512}, {1023, 1025}};
        for (int[] range : ranges) {
            byte[] data = random(range[1], range[0]);
            System.arraycopy(data, 0, model, range[0], range[1]);
            client.write(range[0], data);
            assertArrayEquals(data, client.read(range[0], range[1]));
        }
        assertArrayEquals(model, disk.content());
    }

    @Test
    void writesOfNeighboursInOneSectorAreAllKept() throws IOException {
        NbdClient[] clients = new NbdClient[8];
        for (int i = 0; i < clients.length; i++) {
            clients[i] = open(Style.SIMPLE);
        }
        for (int round = 0; round < 50; round++) {
            for (int i = 0; i < clients.length; i++) {
                clients[i].send(NbdClient.WRITE, 0, 100 + i, 1, (byte) (round + i));
            }
            for (NbdClient client : clients) {
                assertEquals(0, client.readAnswer().error());
            }
            byte[] sector = clients[0].read(100, clients.length);
            for (int i = 0; i < clients.length; i++) {
                assertEquals((byte) (round + i), sector[i]);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void manyRequestsUnderWayAreAllAnswered(Style style) throws IOException {
        NbdClient client = open(style);
        byte[] data = random(1 << 20, 7);
        client.write(0, data);
        for (int i = 0; i < 1000; i++) {
            client.send(NbdClient.READ, 0, (i % 256) * 4096L, 4096);
        }
        boolean[] seen = new boolean[1002];
        for (int i = 0; i < 1000; i++) {
            Answer answer = client.readAnswer();
            assertFalse(seen[(int) answer.cookie()]);
            seen[(int) answer.cookie()] = true;
            int at = (int) ((answer.cookie() - 2) % 256) * 4096;
            assertArrayEquals(Arrays.copyOfRange(data, at, at + 4096), answer.data());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"STRUCTURED", "EXTENDED"})
    void aReadThatMustNotBeSplitComesInOneChunk(Style style) throws IOException {
        NbdClient client = open(style);
        byte[] data = random(4 << 20, 3);
        client.write(0, data);
        Answer small = client.call(NbdClient.READ, NbdClient.DF, 0, 65_536);
        assertEquals(1, small.chunks());
        Answer large = client.call(NbdClient.READ, NbdClient.DF, 0, 4 << 20);
        assertEquals(2, large.chunks());
        assertArrayEquals(data, large.data());
    }

    @Test
    void aFailureInTheMiddleOfOneChunkIsToldAfterIt() throws IOException {
        NbdClient client = open(Style.STRUCTURED);
        disk.hook = failing("read", 2 << 20, ErrorCode.IO);
        assertEquals(EIO, client.call(NbdClient.READ, NbdClient.DF, 0, 4 << 20).error());
        assertEquals(EIO, client.call(NbdClient.READ, 0, 0, 4 << 20).error());
        assertArrayEquals(new byte[512], client.read(0, 512));
    }

    @Test
    void aFailureInTheMiddleOfASimpleReplyEndsTheConnection() throws IOException {
        NbdClient client = open(Style.SIMPLE);
        disk.hook = failing("read", 2 << 20, ErrorCode.IO);
        client.send(NbdClient.READ, 0, 0, 4 << 20);
        org.junit.jupiter.api.Assertions.assertThrows(IOException.class, () -> client.readAnswer());
        disk.hook = (call, offset) -> {};
        assertArrayEquals(new byte[512], open(Style.SIMPLE).read(0, 512));
    }

    private static MemoryDisk.Hook failing(String what, long from, ErrorCode code) {
        return (call, offset) -> {
            if (call.equals(what) && offset >= from) {
                throw new DiskException(code, "as the test wants");
            }
        };
    }

    @ParameterizedTest
    @EnumSource
    void failuresOfTheDiskHaveTheirNumbers(Style style) throws IOException {
        NbdClient client = open(style);
        disk.hook = failing("read", 0, ErrorCode.BACKEND_GONE);
        assertEquals(EIO, client.call(NbdClient.READ, 0, 0, 512).error());
        disk.hook = failing("write", 0, ErrorCode.DISK_FULL);
        assertEquals(
                ENOSPC, client.call(NbdClient.WRITE, 0, 0, 512, new byte[512]).error());
        assertEquals(
                ENOSPC,
                client.call(NbdClient.WRITE, 0, 0, 3 << 20, new byte[3 << 20]).error());
        disk.hook = failing("zero", 0, ErrorCode.READ_ONLY);
        assertEquals(EPERM, client.call(NbdClient.ZEROES, 0, 0, 512).error());
        disk.hook = failing("flush", 0, ErrorCode.IO);
        assertEquals(EIO, client.call(NbdClient.FLUSH, 0, 0, 0).error());
        disk.hook = failing("discard", 0, ErrorCode.NOT_SUPPORTED);
        assertEquals(0, client.call(NbdClient.TRIM, 0, 0, 512).error());
        disk.hook = (call, offset) -> {
            throw new IllegalStateException("a bug");
        };
        assertEquals(EIO, client.call(NbdClient.READ, 0, 0, 512).error());
        disk.hook = (call, offset) -> {};
    }

    @Test
    void aDiskThatWasClosedIsShutDownForItsClients() throws IOException {
        NbdClient client = open(Style.SIMPLE);
        disk.close();
        assertEquals(ESHUTDOWN, client.call(NbdClient.READ, 0, 0, 512).error());
    }

    @ParameterizedTest
    @EnumSource
    void rangesOutsideTheDiskAreRefused(Style style) throws IOException {
        NbdClient client = open(style);
        assertEquals(EINVAL, client.call(NbdClient.READ, 0, SIZE, 1).error());
        assertEquals(EINVAL, client.call(NbdClient.READ, 0, SIZE - 1, 2).error());
        assertEquals(EINVAL, client.call(NbdClient.READ, 0, -1, 1).error());
        assertEquals(EINVAL, client.call(NbdClient.READ, 0, Long.MIN_VALUE, 512).error());
        assertEquals(EINVAL, client.call(NbdClient.TRIM, 0, SIZE - 512, 1024).error());
        assertEquals(ENOSPC, client.call(NbdClient.ZEROES, 0, SIZE - 512, 1024).error());
        assertEquals(
                ENOSPC,
                client.call(NbdClient.WRITE, 0, SIZE - 512, 1024, new byte[1024])
                        .error());
        assertEquals(0, client.call(NbdClient.READ, 0, SIZE - 512, 512).error());
    }

    @ParameterizedTest
    @EnumSource
    void readOnlyExportsRefuseChanges(Style style) throws IOException {
        rig.export(disk, r -> r.asReadOnly());
        NbdClient client = open(style);
        assertEquals(
                EPERM, client.call(NbdClient.WRITE, 0, 0, 512, new byte[512]).error());
        assertEquals(EPERM, client.call(NbdClient.ZEROES, 0, 0, 512).error());
        assertEquals(EPERM, client.call(NbdClient.TRIM, 0, 0, 512).error());
        assertEquals(0, client.call(NbdClient.FLUSH, 0, 0, 0).error());
        assertEquals(0, client.call(NbdClient.READ, 0, 0, 512).error());
    }

    /** Clients send all of a request before they look for replies. */
    @ParameterizedTest
    @EnumSource
    void aRefusedWriteIsAnsweredWhenAllOfItHasCome(Style style) throws Exception {
        rig.export(disk, r -> r.asReadOnly());
        NbdClient client = open(style);
        byte[] half = new byte[SIZE / 2];
        client.send(NbdClient.WRITE, 0, 0, SIZE, half);
        client.out.flush();
        for (int i = 0; i < 20; i++) {
            assertEquals(0, client.in.available(), "an answer before the end of the request");
            Thread.sleep(10);
        }
        client.out.write(half);
        client.out.flush();
        assertEquals(EPERM, client.readAnswer().error());
        assertEquals(0, client.call(NbdClient.READ, 0, 0, 512).error());
    }

    @ParameterizedTest
    @EnumSource
    void unknownCommandsAndFlagsAreRefusedAndTheSessionGoesOn(Style style) throws IOException {
        NbdClient client = open(style);
        int resize = 8;
        assertEquals(EINVAL, client.call(resize, 0, 0, 1 << 30).error());
        assertEquals(EINVAL, client.call(4711, 0, 0, 0).error());
        assertEquals(
                EINVAL, client.call(NbdClient.READ, NbdClient.NO_HOLE, 0, 512).error());
        assertEquals(EINVAL, client.call(NbdClient.READ, 1 << 15, 0, 512).error());
        assertEquals(
                EINVAL,
                client.call(NbdClient.WRITE, NbdClient.DF, 0, 512, new byte[512])
                        .error());
        assertEquals(0, client.call(NbdClient.READ, NbdClient.FUA, 0, 512).error());
    }

    @Test
    void extendedDataIsOnlyForWrites() throws IOException {
        NbdClient client = open(Style.EXTENDED);
        assertEquals(
                EINVAL,
                client.call(NbdClient.READ, NbdClient.PAYLOAD, 0, 512, new byte[512])
                        .error());
        assertEquals(
                EINVAL,
                client.call(NbdClient.STATUS, NbdClient.PAYLOAD, 0, 16, new byte[16])
                        .error());
        assertArrayEquals(new byte[512], client.read(0, 512));
    }

    @Test
    void aWriteThatIsTooLargeIsSkipped() throws IOException {
        NbdClient client = open(Style.SIMPLE);
        int large = (32 << 20) + 512;
        assertEquals(
                ENOSPC,
                client.call(NbdClient.WRITE, 0, 0, large, new byte[large]).error());
        assertEquals(EINVAL, client.call(NbdClient.READ, 0, 0, large).error());
        assertArrayEquals(new byte[512], client.read(0, 512));
    }

    @ParameterizedTest
    @EnumSource
    void requestsForNothingSucceed(Style style) throws IOException {
        NbdClient client = open(style);
        assertEquals(0, client.call(NbdClient.READ, 0, 5, 0).error());
        assertEquals(0, client.call(NbdClient.WRITE, 0, 5, 0).error());
        assertEquals(0, client.call(NbdClient.ZEROES, 0, 5, 0).error());
        assertEquals(0, client.call(NbdClient.TRIM, 0, 5, 0).error());
        assertEquals(0, client.call(NbdClient.CACHE, 0, 5, 0).error());
    }

    @ParameterizedTest
    @EnumSource
    void zeroesAreWrittenByTheCheapestMeansUnlessRoomIsWanted(Style style) throws IOException {
        NbdClient client = open(style);
        client.write(0, random(1 << 20, 1));
        AtomicInteger writes = new AtomicInteger();
        disk.hook = (call, offset) -> {
            if (call.equals("write")) {
                writes.incrementAndGet();
            }
        };
        assertEquals(0, client.call(NbdClient.ZEROES, 0, 4096, 8192).error());
        assertEquals(
                0,
                client.call(NbdClient.ZEROES, NbdClient.FAST_ZERO, 16384, 4096).error());
        assertEquals(0, writes.get());
        assertEquals(
                0,
                client.call(NbdClient.ZEROES, NbdClient.NO_HOLE, 32768, 700_000).error());
        assertTrue(writes.get() > 0);
        byte[] model = random(1 << 20, 1);
        Arrays.fill(model, 4096, 12288, (byte) 0);
        Arrays.fill(model, 16384, 20480, (byte) 0);
        Arrays.fill(model, 32768, 732_768, (byte) 0);
        assertArrayEquals(model, client.read(0, 1 << 20));
    }

    @ParameterizedTest
    @EnumSource
    void fastZeroesThatWouldBeStoredAreRefused(Style style) throws IOException {
        NbdClient client = open(style);
        byte[] data = random(4096, 1);
        client.write(0, data);
        int noHole = NbdClient.FAST_ZERO | NbdClient.NO_HOLE;
        assertEquals(ENOTSUP, client.call(NbdClient.ZEROES, noHole, 0, 4096).error());
        assertEquals(
                ENOTSUP,
                client.call(NbdClient.ZEROES, NbdClient.FAST_ZERO, 1, 100).error());
        assertArrayEquals(data, client.read(0, 4096));
    }

    @ParameterizedTest
    @EnumSource
    void zeroesAndTrimsOfAnyBytes(Style style) throws IOException {
        NbdClient client = open(style);
        byte[] model = random(1 << 20, 5);
        client.write(0, model);
        int[][] ranges = {{1, 1}, {510, 4}, {1000, 24}, {2000, 5000}, {8192, 8192}, {20_000, 512}};
        for (int[] range : ranges) {
            assertEquals(0, client.call(NbdClient.ZEROES, 0, range[0], range[1]).error());
            Arrays.fill(model, range[0], range[0] + range[1], (byte) 0);
        }
        assertEquals(
                0, client.call(NbdClient.ZEROES, NbdClient.NO_HOLE, 30_001, 999).error());
        Arrays.fill(model, 30_001, 31_000, (byte) 0);
        assertEquals(0, client.call(NbdClient.TRIM, 0, 40_000, 300).error());
        assertEquals(0, client.call(NbdClient.TRIM, 0, 50_000, 2000).error());
        Arrays.fill(model, 50_176, 51_712, (byte) 0);
        assertArrayEquals(model, client.read(0, 1 << 20));
    }

    @ParameterizedTest
    @EnumSource
    void cachingChangesNothing(Style style) throws IOException {
        NbdClient client = open(style);
        AtomicInteger reads = new AtomicInteger();
        disk.hook = (call, offset) -> reads.incrementAndGet();
        assertEquals(0, client.call(NbdClient.CACHE, 0, 3, 5 << 20).error());
        assertTrue(reads.get() >= 5);
    }

    @Test
    void forcedAccessFlushesAfterTheChange() throws IOException {
        NbdClient client = open(Style.SIMPLE);
        client.write(0, new byte[512]);
        assertEquals(0, disk.flushes.get());
        client.call(NbdClient.WRITE, NbdClient.FUA, 0, 512, new byte[512]);
        assertEquals(1, disk.flushes.get());
        client.call(NbdClient.ZEROES, NbdClient.FUA, 0, 512);
        client.call(NbdClient.TRIM, NbdClient.FUA, 0, 512);
        assertEquals(3, disk.flushes.get());
        client.call(NbdClient.FLUSH, 0, 0, 0);
        assertEquals(4, disk.flushes.get());
        disk.hook = failing("flush", 0, ErrorCode.IO);
        assertEquals(
                EIO,
                client.call(NbdClient.WRITE, NbdClient.FUA, 0, 512, new byte[512])
                        .error());
        disk.hook = (call, offset) -> {};
    }

    @ParameterizedTest
    @EnumSource(names = {"STRUCTURED", "EXTENDED"})
    void statusTellsDataFromHolesToTheByte(Style style) throws IOException {
        NbdClient client = open(style);
        client.write(4096, new byte[8192]);
        client.write(65_536, new byte[512]);
        List<long[]> extents = client.call(NbdClient.STATUS, 0, 0, SIZE).extents();
        long[][] expected = {{4096, 3}, {8192, 0}, {53_248, 3}, {512, 0}, {SIZE - 66_048, 3}};
        assertArrayEquals(expected, extents.toArray(long[][]::new));
        List<long[]> part = client.call(NbdClient.STATUS, 0, 5000, 10_001).extents();
        assertArrayEquals(new long[][] {{7288, 0}, {2713, 3}}, part.toArray(long[][]::new));
        List<long[]> one =
                client.call(NbdClient.STATUS, NbdClient.REQ_ONE, 0, SIZE).extents();
        assertArrayEquals(new long[][] {{4096, 3}}, one.toArray(long[][]::new));
        assertEquals(EINVAL, client.call(NbdClient.STATUS, 0, 0, 0).error());
        assertEquals(EINVAL, client.call(NbdClient.STATUS, 0, SIZE - 1, 2).error());
    }

    @ParameterizedTest
    @EnumSource(names = {"STRUCTURED", "EXTENDED"})
    void aStatusOfManyExtentsComesInParts(Style style) throws IOException {
        NbdClient client = open(style);
        for (int i = 0; i < 3000; i++) {
            client.send(NbdClient.WRITE, 0, i * 1024L, 512, new byte[512]);
            client.readAnswer();
        }
        long at = 0;
        int count = 0;
        while (at < 3000 * 1024L) {
            List<long[]> extents =
                    client.call(NbdClient.STATUS, 0, at, 3000 * 1024L - at).extents();
            for (long[] extent : extents) {
                assertArrayEquals(new long[] {512, count % 2 == 0 ? 0 : 3}, extent);
                at += extent[0];
                count++;
            }
        }
        assertEquals(6000, count);
    }

    @Test
    void statusNeedsItsContext() throws IOException {
        rig.export(disk, r -> r);
        rig.export(disk, r -> r.withName("other"));
        NbdClient client = rig.track(NbdClient.greet(rig.address()));
        client.negotiate(Style.STRUCTURED);
        client.setContext("other");
        client.go("disk");
        assertEquals(EINVAL, client.call(NbdClient.STATUS, 0, 0, 512).error());
        assertEquals(
                EINVAL, open(Style.SIMPLE).call(NbdClient.STATUS, 0, 0, 512).error());
    }

    @Test
    void everythingUnderWayIsAnsweredBeforeDisconnecting() throws IOException {
        NbdClient client = open(Style.SIMPLE);
        CountDownLatch latch = new CountDownLatch(1);
        disk.hook = (call, offset) -> await(latch);
        client.send(NbdClient.WRITE, 0, 0, 512, random(512, 1));
        client.send(NbdClient.READ, 0, 4096, 512);
        client.send(NbdClient.DISC, 0, 0, 0);
        latch.countDown();
        for (int i = 0; i < 2; i++) {
            client.in.readInt();
            assertEquals(0, client.in.readInt());
            if (client.in.readLong() == 2) {
                client.in.readNBytes(512);
            }
        }
        assertTrue(client.gone());
        assertArrayEquals(random(512, 1), Arrays.copyOf(disk.content(), 512));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void closingAnExportAnswersWhatIsUnderWayAndFlushes() throws Exception {
        DiskExport export = rig.export(disk, r -> r);
        rig.export(disk, r -> r.withName("other"));
        NbdClient client = open(Style.SIMPLE);
        CountDownLatch latch = new CountDownLatch(1);
        CountDownLatch entered = new CountDownLatch(1);
        disk.hook = (call, offset) -> {
            if (call.equals("write")) {
                entered.countDown();
                await(latch);
            }
        };
        client.send(NbdClient.WRITE, 0, 0, 512, random(512, 1));
        entered.await();
        Thread closer = new Thread(() -> {
            try {
                export.close();
            } catch (DiskException e) {
                throw new AssertionError(e);
            }
        });
        closer.start();
        while (rig.exporter.exports().size() > 1) {
            Thread.onSpinWait();
        }
        NbdClient late = rig.track(NbdClient.greet(rig.address()));
        NbdClient.last(late.choose(NbdClient.GO, "disk"), 0x80000006);
        latch.countDown();
        assertEquals(0, client.readAnswer().error());
        assertTrue(client.gone());
        closer.join();
        assertEquals(1, disk.flushes.get());
        assertFalse(disk.closed);
    }

    @ParameterizedTest
    @EnumSource
    void disksThatDoNotWaitAreServedWithoutWaiting(Style style) throws IOException {
        MemoryDisk quick = new MemoryDisk(SIZE, ForkJoinPool.commonPool());
        AtomicInteger workers = new AtomicInteger();
        quick.hook = (call, offset) -> {
            if (Thread.currentThread().getName().startsWith("platter-nbd")) {
                workers.incrementAndGet();
            }
        };
        rig.export(quick, r -> r);
        NbdClient client = open(style);
        byte[] data = random(3 << 20, 9);
        client.write(0, data);
        assertEquals(0, client.call(NbdClient.ZEROES, NbdClient.FUA, 0, 4096).error());
        assertEquals(0, client.call(NbdClient.TRIM, 0, 0, 4096).error());
        Arrays.fill(data, 0, 4096, (byte) 0);
        assertArrayEquals(data, client.read(0, 3 << 20));
        assertEquals(0, workers.get());
    }

    @Test
    void countsWhatClientsDo() throws IOException {
        DiskExport export = rig.export(disk, r -> r);
        try (NbdClient client = open(Style.SIMPLE)) {
            client.write(0, new byte[4096]);
            client.read(0, 1024);
            client.call(NbdClient.FLUSH, 0, 0, 0);
            client.call(NbdClient.READ, 0, SIZE, 512);
            var now = export.statistics();
            assertEquals(1, now.clients());
            assertEquals(1, now.writes());
            assertEquals(2, now.reads());
            assertEquals(1, now.others());
            assertEquals(1, now.errors());
            assertEquals(4096, now.bytesWritten());
            assertEquals(1024, now.bytesRead());
            assertTrue(now.latency().median().toNanos() > 0);
            assertTrue(now.latency().max().compareTo(now.latency().median()) >= 0);
        }
    }
}
