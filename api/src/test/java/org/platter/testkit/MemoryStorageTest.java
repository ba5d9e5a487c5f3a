// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

class MemoryStorageTest {
    private final MemoryStorage storage = MemoryStorage.named("m");

    private static ByteBuffer bytes(int... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length);
        Arrays.stream(values).forEach(value -> buffer.put((byte) value));
        return buffer.flip();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void behavesLikeAnArray(long seed) throws IOException {
        Random random = new Random(seed);
        byte[] model = new byte[0];
        for (int step = 0; step < 400; step++) {
            int position = random.nextInt(40_000);
            int length = random.nextInt(10_000);
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    byte[] data = new byte[length];
                    random.nextBytes(data);
                    storage.write(ByteBuffer.wrap(data), position);
                    model = Arrays.copyOf(model, Math.max(model.length, position + length));
                    System.arraycopy(data, 0, model, position, length);
                }
                case 2 -> {
                    storage.zero(position, length);
                    model = Arrays.copyOf(model, Math.max(model.length, position + length));
                    Arrays.fill(model, position, position + length, (byte) 0);
                }
                case 3 -> {
                    storage.discard(position, length);
                    Arrays.fill(
                            model, Math.min(position, model.length), Math.min(position + length, model.length), (byte)
                                    0);
                }
                default -> {
                    storage.resize(position);
                    model = Arrays.copyOf(model, position);
                }
            }
            assertArrayEquals(model, storage.bytes());
        }
    }

    @Test
    void knowsItsHoles() throws IOException {
        storage.write(bytes(1), 10 * 4096 + 5);
        storage.write(bytes(1), 11 * 4096);
        storage.resize(20 * 4096);
        assertEquals(10 * 4096, storage.nextData(0));
        assertEquals(10 * 4096 + 100, storage.nextData(10 * 4096 + 100));
        assertEquals(12 * 4096, storage.nextHole(10 * 4096 + 100));
        assertEquals(3, storage.nextHole(3));
        assertEquals(20 * 4096, storage.nextData(12 * 4096));
        storage.zero(10 * 4096, 4096);
        assertEquals(11 * 4096, storage.nextData(0));
        assertEquals(4096, storage.allocatedSize());
    }

    @Test
    void lastPageEndsWithTheStorage() throws IOException {
        storage.write(bytes(1, 2, 3), 4096);
        assertEquals(4099, storage.nextHole(4096));
        assertEquals(4099, storage.nextData(4099));
    }

    @Test
    void bytesCutOffAreGone() throws IOException {
        storage.write(bytes(1, 2, 3), 0);
        storage.resize(1);
        storage.resize(3);
        assertArrayEquals(new byte[] {1, 0, 0}, storage.bytes());
    }

    @Test
    void takesHugePositionsAndNoMore() throws IOException {
        storage.write(bytes(7), MemoryStorage.MOST - 1);
        assertEquals(MemoryStorage.MOST, storage.size());
        assertArrayEquals(new byte[] {7}, storage.bytes(MemoryStorage.MOST - 1, 1));
        assertEquals(4096, storage.allocatedSize());
        DiskException refusal = assertThrows(DiskException.class, () -> storage.write(bytes(7), MemoryStorage.MOST));
        assertEquals(ErrorCode.DISK_FULL, refusal.code());
    }

    @Test
    void readsWholeOrNotAtAll() throws IOException {
        storage.write(bytes(1, 2, 3), 0);
        assertThrows(EOFException.class, () -> storage.bytes(1, 3));
        assertThrows(EOFException.class, () -> storage.bytes(Long.MAX_VALUE - 1, 3));
    }

    @Test
    void handlesShareBytesAndCloseOnTheirOwn() throws IOException {
        MemoryStorage reader = storage.readOnlyHandle();
        storage.write(bytes(1, 2), 0);
        storage.close();
        assertTrue(storage.closed());
        assertThrows(ClosedChannelException.class, storage::size);
        assertArrayEquals(new byte[] {1, 2}, reader.bytes());
        assertTrue(reader.readOnly());
        assertEquals(
                ErrorCode.READ_ONLY,
                assertThrows(DiskException.class, () -> reader.write(bytes(1), 0))
                        .code());
    }

    @Test
    void copiesHaveTheirOwnBytes() throws IOException {
        storage.write(bytes(1, 2), 0);
        MemoryStorage copy = storage.copy();
        assertTrue(copy.sameBytes(storage));
        copy.write(bytes(9), 0);
        assertFalse(copy.sameBytes(storage));
        assertArrayEquals(new byte[] {1, 2}, storage.bytes());
    }

    @Test
    void zeroesEqualHolesButSizesCount() throws IOException {
        MemoryStorage other = MemoryStorage.named("o");
        storage.write(bytes(0, 0), 5000);
        other.resize(5002);
        assertTrue(storage.sameBytes(other));
        other.resize(5003);
        assertFalse(storage.sameBytes(other));
    }

    @Test
    void neighboursWriteSideBySide() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> writers = new ArrayList<>();
            for (int writer = 0; writer < 4; writer++) {
                int from = writer;
                writers.add(threads.submit(() -> {
                    for (int at = from; at < 100_000; at += 4) {
                        storage.write(bytes(from + 1), at);
                    }
                    return null;
                }));
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
        } finally {
            threads.shutdown();
        }
        byte[] all = storage.bytes();
        assertEquals(100_000, all.length);
        for (int at = 0; at < all.length; at++) {
            assertEquals(at % 4 + 1, all[at]);
        }
    }
}
