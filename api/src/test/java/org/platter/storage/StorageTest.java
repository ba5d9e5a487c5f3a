// SPDX-License-Identifier: Apache-2.0
package org.platter.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.platter.testkit.MemoryStorage;

/** What a storage gets for free when it implements only what it must. */
class StorageTest {
    /** Only the required methods of a storage in memory. */
    private static final class Plain implements Storage {
        final MemoryStorage memory = MemoryStorage.named("plain");

        @Override
        public URI location() {
            return memory.location();
        }

        @Override
        public void read(ByteBuffer dst, long position) throws IOException {
            memory.read(dst, position);
        }

        @Override
        public void write(ByteBuffer src, long position) throws IOException {
            memory.write(src, position);
        }

        @Override
        public long size() throws IOException {
            return memory.size();
        }

        @Override
        public void resize(long size) throws IOException {
            memory.resize(size);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    private static final int LENGTH = (2 << 20) + 777;

    private final Plain storage = new Plain();
    private final byte[] bytes = new byte[LENGTH];

    StorageTest() throws IOException {
        new Random(1).nextBytes(bytes);
        storage.write(ByteBuffer.wrap(bytes), 0);
    }

    @Test
    void knowsOfNoHoles() throws IOException {
        assertEquals(100, storage.nextData(100));
        assertEquals(LENGTH, storage.nextHole(100));
        assertEquals(LENGTH, storage.nextData(LENGTH + 5L));
        assertEquals(LENGTH, storage.allocatedSize());
        assertFalse(storage.readOnly());
    }

    @Test
    void zeroesARangeInTheMiddleAndOverTheEnd() throws IOException {
        storage.zero(100, (1 << 20) + 50);
        java.util.Arrays.fill(bytes, 100, (1 << 20) + 150, (byte) 0);
        assertArrayEquals(bytes, storage.memory.bytes());
        storage.zero(LENGTH - 10, 30);
        assertEquals(LENGTH + 20, storage.size());
        assertArrayEquals(new byte[30], storage.memory.bytes(LENGTH - 10, 30));
    }

    @Test
    void discardAndPreallocateKeepBytes() throws IOException {
        storage.discard(0, 4096);
        storage.preallocate(0, 10);
        assertArrayEquals(bytes, storage.memory.bytes());
        storage.preallocate(LENGTH, 10);
        assertEquals(LENGTH + 10, storage.size());
    }

    @Test
    void copiesToAnotherStorageAtAnotherPosition() throws IOException {
        MemoryStorage target = MemoryStorage.named("target");
        storage.transferTo(5, LENGTH - 5, target, 1000);
        assertArrayEquals(java.util.Arrays.copyOfRange(bytes, 5, LENGTH), target.bytes(1000, LENGTH - 5));
        storage.transferTo(0, 0, target, 0);
        assertArrayEquals(new byte[1000], target.bytes(0, 1000));
    }
}
