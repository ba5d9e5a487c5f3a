// SPDX-License-Identifier: Apache-2.0
package org.platter.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.testkit.Faults;
import org.platter.testkit.Faults.Lasting;
import org.platter.testkit.Faults.Operation;
import org.platter.testkit.FaultyStorage;
import org.platter.testkit.ForwardingStorage;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.RecordingStorage;
import org.platter.testkit.RecordingStorage.Kind;
import org.platter.testkit.RecordingStorage.Log;

class EntryTableTest {
    private static final int HUGE_PAGE = 1 << 21; // entries; four of these pages fill the cache

    private final MemoryStorage storage = MemoryStorage.named("table");

    private static EntryTable plain(MemoryStorage storage, long entries) {
        return EntryTable.contiguous(storage, ByteOrder.LITTLE_ENDIAN, 512, entries);
    }

    private int stored(int index) throws IOException {
        return ByteBuffer.wrap(storage.bytes(512 + index * 4L, 4))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getInt();
    }

    @Test
    void readsEntriesInTheOrderOfBytesGiven() throws IOException {
        storage.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}), 0);
        assertEquals(
                0x08070605,
                EntryTable.contiguous(storage, ByteOrder.LITTLE_ENDIAN, 0, 2).get(1));
        assertEquals(
                0x05060708,
                EntryTable.contiguous(storage, ByteOrder.BIG_ENDIAN, 0, 2).get(1));
    }

    @Test
    void changesAreSeenAtOnceAndStoredByFlush() throws IOException {
        storage.resize(1 << 20);
        EntryTable table = plain(storage, 100_000);
        table.set(70_000, -7);
        assertTrue(table.changed());
        assertEquals(-7, table.get(70_000));
        assertEquals(0, stored(70_000));
        table.flush();
        assertFalse(table.changed());
        assertEquals(-7, stored(70_000));
        assertEquals(-7, plain(storage, 100_000).get(70_000));
    }

    @Test
    void flushWritesOnlyTheSectorsThatChanged() throws IOException {
        storage.resize(1 << 20);
        Log log = new Log();
        EntryTable table =
                EntryTable.contiguous(new RecordingStorage(storage, log), ByteOrder.LITTLE_ENDIAN, 512, 100_000);
        table.set(130, 1);
        table.set(260, 1);
        table.flush();
        table.flush();
        List<RecordingStorage.Call> writes = log.calls(Kind.WRITE);
        assertEquals(1, writes.size());
        assertEquals(512 + 512, writes.get(0).position());
        assertEquals(1024, writes.get(0).length());
    }

    @Test
    void failedFlushIsMadeGoodByTheNext() throws IOException {
        storage.resize(1 << 20);
        Faults faults = new Faults();
        EntryTable table =
                EntryTable.contiguous(new FaultyStorage(storage, faults), ByteOrder.LITTLE_ENDIAN, 512, 100_000);
        table.set(1, 11);
        table.set(50_000, 12);
        faults.fail(Set.of(Operation.WRITE), 2, Lasting.ONCE);
        assertThrows(DiskException.class, table::flush);
        assertTrue(table.changed());
        table.flush();
        assertEquals(11, stored(1));
        assertEquals(12, stored(50_000));
    }

    @Test
    void pagesWithoutPositionAreZeroUntilTheyGetOne() throws IOException {
        long[] position = {-1};
        EntryTable table = new EntryTable(storage, ByteOrder.LITTLE_ENDIAN, 256, 128, page -> position[0]);
        assertEquals(0, table.get(200));
        table.set(200, 5);
        position[0] = 512;
        table.flush();
        assertEquals(5, stored(72));
    }

    @Test
    void forgottenPageIsReadAgain() throws IOException {
        storage.resize(4096);
        EntryTable table = plain(storage, 128);
        assertEquals(0, table.get(3));
        storage.write(ByteBuffer.wrap(new byte[] {9, 0, 0, 0}), 512 + 12);
        assertEquals(0, table.get(3));
        table.forget(0);
        assertEquals(9, table.get(3));
        table.set(3, 10);
        table.forget(0);
        assertEquals(10, table.get(3));
    }

    @Test
    void lastPageMayBeShort() throws IOException {
        storage.resize(512 + (128 + 5) * 4);
        EntryTable table = new EntryTable(storage, ByteOrder.LITTLE_ENDIAN, 133, 128, page -> 512 + page * 512L);
        table.set(132, 8);
        table.flush();
        assertEquals(8, stored(132));
        assertEquals(512 + 133 * 4, storage.size());
    }

    @Test
    void runsEndWhereEntriesDiffer() throws IOException {
        storage.resize(1 << 20);
        EntryTable table = plain(storage, 50_000);
        assertEquals(50_000, table.runEnd(0, 50_000));
        table.set(40_000, 1);
        assertEquals(40_000, table.runEnd(5, 50_000));
        assertEquals(30_000, table.runEnd(5, 30_000));
        assertEquals(40_001, table.runEnd(40_000, 50_000));
        table.fill(16_000, 17_000, 3);
        assertEquals(16_000, table.runEnd(0, 50_000));
        assertEquals(17_000, table.runEnd(16_000, 50_000));
    }

    @Test
    void tableThatIsCutOffIsCorrupt() throws IOException {
        storage.resize(1000);
        EntryTable table = plain(storage, 1000);
        assertEquals(
                ErrorCode.CORRUPT,
                assertThrows(DiskException.class, () -> table.get(1)).code());
    }

    @Test
    void pagesLeaveAFullCacheButChangedOnesStay() throws IOException {
        Log log = new Log();
        EntryTable table = new EntryTable(
                new RecordingStorage(storage, log),
                ByteOrder.LITTLE_ENDIAN,
                8L * HUGE_PAGE,
                HUGE_PAGE,
                page -> page < 2 ? page * 4L * HUGE_PAGE : -1);
        storage.resize(8L * HUGE_PAGE);
        table.set(1, 77);
        table.get(HUGE_PAGE);
        passThrough(table);
        assertEquals(77, table.get(1));
        table.get(HUGE_PAGE);
        List<Long> positions = log.calls(Kind.READ).stream()
                .map(RecordingStorage.Call::position)
                .toList();
        assertEquals(List.of(0L, 4L * HUGE_PAGE, 4L * HUGE_PAGE), positions);
    }

    private static void passThrough(EntryTable table) throws IOException {
        for (int round = 0; round < 2; round++) {
            for (long page = 2; page < 8; page++) {
                table.get(page * HUGE_PAGE);
            }
        }
    }

    @Test
    void slowReaderDoesNotBringBackOldEntries() throws Exception {
        storage.resize(4L * HUGE_PAGE);
        SlowFirstRead slow = new SlowFirstRead(storage);
        EntryTable table =
                new EntryTable(slow, ByteOrder.LITTLE_ENDIAN, 8L * HUGE_PAGE, HUGE_PAGE, page -> page == 0 ? 0 : -1);
        ExecutorService threads = Executors.newSingleThreadExecutor();
        try {
            Future<Integer> reader = threads.submit(() -> table.get(0));
            slow.hasRead.await();
            table.set(0, 7);
            table.flush();
            passThrough(table);
            slow.mayGoOn.countDown();
            reader.get();
            assertEquals(7, table.get(0));
        } finally {
            slow.mayGoOn.countDown();
            threads.shutdown();
        }
    }

    private static final class SlowFirstRead extends ForwardingStorage {
        final CountDownLatch hasRead = new CountDownLatch(1);
        final CountDownLatch mayGoOn = new CountDownLatch(1);
        private final AtomicBoolean first = new AtomicBoolean(true);

        SlowFirstRead(MemoryStorage below) {
            super(below);
        }

        @Override
        public void read(ByteBuffer dst, long position) throws IOException {
            super.read(dst, position);
            if (first.getAndSet(false)) {
                hasRead.countDown();
                try {
                    mayGoOn.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
        }
    }

    @Test
    void readersSeeEntriesInTheOrderOfChanges() throws Exception {
        storage.resize(1 << 20);
        EntryTable table = plain(storage, 100_000);
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<?> first = threads.submit(() -> checkOrder(table, done));
            Future<?> second = threads.submit(() -> checkOrder(table, done));
            for (int value = 1; value <= 20_000; value++) {
                table.set(0, value);
                table.set(90_000, value);
                if (value % 1000 == 0) {
                    table.flush();
                }
            }
            done.set(true);
            first.get();
            second.get();
        } finally {
            done.set(true);
            threads.shutdown();
        }
    }

    /** The entry that is set last is read first, so it can never be ahead. */
    private static Void checkOrder(EntryTable table, AtomicBoolean done) throws IOException {
        while (!done.get()) {
            int last = table.get(90_000);
            int first = table.get(0);
            assertTrue(first >= last, () -> first + " was read after " + last);
        }
        return null;
    }
}
