// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;
import org.platter.storage.StorageProvider;
import org.platter.storage.StorageProvider.Mode;

/** What every provider of writable storages promises. Inherit it and say where storages may be made. */
abstract class StorageProviderContract {
    static final Set<Mode> READ = Set.of();
    static final Set<Mode> WRITE = Set.of(Mode.WRITE);
    static final Set<Mode> CREATE = Set.of(Mode.CREATE);
    static final Set<Mode> SHARED = Set.of(Mode.WRITE, Mode.SHARED);

    abstract StorageProvider provider();

    /** Where a storage of that name would be; nothing is there yet. All are in one folder. */
    abstract URI location(String name);

    Storage create(String name) throws IOException {
        return provider().open(location(name), CREATE);
    }

    Storage create(String name, byte[] bytes) throws IOException {
        Storage storage = create(name);
        storage.write(ByteBuffer.wrap(bytes), 0);
        return storage;
    }

    static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    static byte[] bytes(Storage storage, long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(length);
        storage.read(buffer, position);
        byte[] bytes = new byte[length];
        buffer.flip().get(bytes);
        return bytes;
    }

    @Test
    void aNewStorageIsEmptyAndWritable() throws IOException {
        try (Storage storage = create("a")) {
            assertEquals(0, storage.size());
            assertFalse(storage.readOnly());
            assertEquals(location("a"), storage.location());
            assertTrue(provider().exists(location("a")));
        }
    }

    @Test
    void creatingNeverTouchesWhatIsThere() throws IOException {
        create("a", random(100)).close();
        Host.fails(ErrorCode.EXISTS, () -> create("a"));
        try (Storage storage = provider().open(location("a"), READ)) {
            assertArrayEquals(random(100), bytes(storage, 0, 100));
        }
    }

    @Test
    void openingNeverCreates() throws IOException {
        Host.fails(ErrorCode.NOT_FOUND, () -> provider().open(location("a"), READ));
        Host.fails(ErrorCode.NOT_FOUND, () -> provider().open(location("a"), WRITE));
        assertFalse(provider().exists(location("a")));
    }

    @Test
    void readsWhatWasWrittenByEitherKindOfBuffer() throws IOException {
        byte[] bytes = random(3 << 20);
        try (Storage storage = create("a")) {
            ByteBuffer heap = ByteBuffer.wrap(bytes).position(7);
            storage.write(heap, 7);
            assertFalse(heap.hasRemaining());
            assertEquals(bytes.length, heap.limit());
            storage.write(ByteBuffer.allocateDirect(7).put(bytes, 0, 7).flip(), 0);
            ByteBuffer back = ByteBuffer.allocate(bytes.length + 5).limit(bytes.length);
            storage.read(back, 0);
            assertEquals(bytes.length, back.position());
            assertEquals(bytes.length, back.limit());
            assertEquals(ByteBuffer.wrap(bytes), back.flip());
            assertArrayEquals(bytes, bytes(storage, 0, bytes.length));
        }
    }

    @Test
    void bytesSurviveClosing() throws IOException {
        try (Storage storage = create("a", random(5000))) {
            storage.flush();
        }
        try (Storage storage = provider().open(location("a"), WRITE)) {
            assertArrayEquals(random(5000), bytes(storage, 0, 5000));
        }
    }

    @Test
    void readingBehindTheEndFailsAndSaysWhere() throws IOException {
        try (Storage storage = create("a", random(1000))) {
            String message = assertThrows(EOFException.class, () -> bytes(storage, 900, 101))
                    .getMessage();
            assertTrue(message.contains("900") && message.contains("101") && message.contains("1000"), message);
            assertThrows(EOFException.class, () -> bytes(storage, 5000, 1));
            assertEquals(0, bytes(storage, 5000, 0).length);
        }
    }

    @Test
    void aWriteBehindTheEndLeavesZeroesBefore() throws IOException {
        try (Storage storage = create("a", new byte[] {1})) {
            storage.write(ByteBuffer.wrap(new byte[] {2}), 9999);
            byte[] expected = new byte[10000];
            expected[0] = 1;
            expected[9999] = 2;
            assertArrayEquals(expected, bytes(storage, 0, 10000));
        }
    }

    @Test
    void resizingCutsAndGrowsByZeroes() throws IOException {
        try (Storage storage = create("a", random(5000))) {
            storage.resize(100);
            assertEquals(100, storage.size());
            storage.resize(6000);
            byte[] expected = new byte[6000];
            System.arraycopy(random(5000), 0, expected, 0, 100);
            assertArrayEquals(expected, bytes(storage, 0, 6000));
            storage.resize(6000);
            assertEquals(6000, storage.size());
            storage.resize(0);
            assertEquals(0, storage.size());
        }
    }

    @Test
    void aReaderChangesNothing() throws IOException {
        create("a", random(100)).close();
        try (Storage storage = provider().open(location("a"), READ)) {
            assertTrue(storage.readOnly());
            Host.fails(ErrorCode.READ_ONLY, () -> storage.write(ByteBuffer.allocate(1), 0));
            Host.fails(ErrorCode.READ_ONLY, () -> storage.resize(1));
            Host.fails(ErrorCode.READ_ONLY, () -> storage.zero(0, 1));
            Host.fails(ErrorCode.READ_ONLY, () -> storage.discard(0, 1));
            Host.fails(ErrorCode.READ_ONLY, () -> storage.preallocate(0, 1));
            Host.fails(ErrorCode.READ_ONLY, () -> storage.transferTo(0, 1, storage, 50));
            storage.flush();
            assertArrayEquals(random(100), bytes(storage, 0, 100));
        }
    }

    @Test
    void zeroingGrowsWhereItMust() throws IOException {
        try (Storage storage = create("a", random(100_000))) {
            storage.zero(99_000, 3000);
            storage.zero(5, 90_000);
            storage.zero(500_000, 0);
            byte[] expected = new byte[102_000];
            System.arraycopy(random(100_000), 0, expected, 0, 5);
            System.arraycopy(random(100_000), 90_005, expected, 90_005, 8995);
            assertEquals(102_000, storage.size());
            assertArrayEquals(expected, bytes(storage, 0, 102_000));
            storage.zero(200_000, 10);
            assertEquals(200_010, storage.size());
        }
    }

    @Test
    void discardedBytesAreOldOrZero() throws IOException {
        byte[] old = random(100_000);
        try (Storage storage = create("a", old)) {
            storage.discard(10_000, 50_000);
            byte[] now = bytes(storage, 0, 100_000);
            for (int i = 0; i < now.length; i++) {
                boolean inside = i >= 10_000 && i < 60_000;
                assertTrue(now[i] == old[i] || inside && now[i] == 0, "byte " + i);
            }
        }
    }

    @Test
    void preallocatingKeepsBytesAndGrows() throws IOException {
        try (Storage storage = create("a", random(5000))) {
            storage.preallocate(1000, 200_000);
            assertEquals(201_000, storage.size());
            byte[] expected = new byte[201_000];
            System.arraycopy(random(5000), 0, expected, 0, 5000);
            assertArrayEquals(expected, bytes(storage, 0, 201_000));
        }
    }

    @Test
    void whatIsBetweenDataIsZero() throws IOException {
        try (Storage storage = create("a")) {
            storage.resize(10 << 20);
            storage.write(ByteBuffer.wrap(random(1000)), 5 << 20);
            long data = storage.nextData(0);
            long hole = storage.nextHole(5 << 20);
            assertTrue(data <= 5 << 20);
            assertTrue(hole >= (5 << 20) + 1000 && hole <= 10 << 20);
            assertArrayEquals(new byte[(int) data], bytes(storage, 0, (int) data));
            assertEquals(10 << 20, storage.nextData(10 << 20));
            assertEquals(10 << 20, storage.nextData(20 << 20));
            assertEquals(10 << 20, storage.nextHole(20 << 20));
        }
    }

    @Test
    void transfersCopyToOthersAndGrowThem() throws IOException {
        byte[] bytes = random(5 << 20);
        try (Storage source = create("a", bytes);
                Storage target = create("b", new byte[10])) {
            source.transferTo(3, (5 << 20) - 3, target, 7);
            assertEquals((5 << 20) + 4, target.size());
            byte[] copied = bytes(target, 7, (5 << 20) - 3);
            assertEquals(ByteBuffer.wrap(bytes).position(3), ByteBuffer.wrap(copied));
            source.transferTo(0, 0, target, 1 << 30);
            assertEquals((5 << 20) + 4, target.size());
        }
    }

    @Test
    void transfersOfWhatIsNotThereFail() throws IOException {
        try (Storage source = create("a", random(2 << 20));
                Storage target = create("b")) {
            assertThrows(EOFException.class, () -> source.transferTo(1, 2 << 20, target, 0));
            assertThrows(EOFException.class, () -> source.transferTo(10 << 20, 1, target, 0));
        }
    }

    @Test
    void oneWriterExcludesOthersAndNoReader() throws IOException {
        try (Storage writer = create("a", random(10))) {
            Host.fails(ErrorCode.LOCKED, () -> provider().open(location("a"), WRITE));
            Host.fails(ErrorCode.LOCKED, () -> provider().open(location("a"), SHARED));
            try (Storage reader = provider().open(location("a"), READ)) {
                writer.write(ByteBuffer.wrap(new byte[] {1}), 0);
                assertEquals(1, bytes(reader, 0, 1)[0]);
            }
            writer.write(ByteBuffer.wrap(new byte[] {2}), 0);
        }
        provider().open(location("a"), WRITE).close();
    }

    @Test
    void sharedWritersExcludeOnlyOthers() throws IOException {
        create("a", random(10)).close();
        try (Storage one = provider().open(location("a"), SHARED)) {
            try (Storage two = provider().open(location("a"), SHARED)) {
                two.write(ByteBuffer.wrap(new byte[] {1}), 0);
                assertEquals(1, bytes(one, 0, 1)[0]);
                Host.fails(ErrorCode.LOCKED, () -> provider().open(location("a"), WRITE));
            }
            Host.fails(ErrorCode.LOCKED, () -> provider().open(location("a"), WRITE));
            one.write(ByteBuffer.wrap(new byte[] {2}), 0);
        }
        provider().open(location("a"), WRITE).close();
    }

    @Test
    void aFailedOpenLeavesNothingLocked() throws IOException {
        try (Storage reader = create("a", random(10))) {
            Host.fails(ErrorCode.LOCKED, () -> provider().open(location("a"), WRITE));
            assertEquals(10, reader.size());
        }
        provider().open(location("a"), WRITE).close();
        provider().delete(location("a"));
    }

    @Test
    void closingTwiceIsAllowedAndUseAfterwardsIsNot() throws IOException {
        Storage storage = create("a", random(10));
        try (Storage other = provider().open(location("a"), READ)) {
            storage.close();
            storage.close();
            assertThrows(IOException.class, () -> bytes(storage, 0, 1));
            assertThrows(IOException.class, () -> storage.write(ByteBuffer.allocate(1), 0));
            assertThrows(IOException.class, storage::size);
            assertEquals(10, bytes(other, 0, 10).length);
        }
    }

    @Test
    void deletedIsGone() throws IOException {
        create("a").close();
        provider().delete(location("a"));
        assertFalse(provider().exists(location("a")));
        Host.fails(ErrorCode.NOT_FOUND, () -> provider().delete(location("a")));
    }

    @Test
    void anOpenStorageFollowsItsNewName() throws IOException {
        try (Storage storage = create("a", random(100))) {
            provider().move(location("a"), location("b"));
            assertEquals(location("b"), storage.location());
            storage.write(ByteBuffer.wrap(new byte[] {1}), 0);
            assertFalse(provider().exists(location("a")));
        }
        try (Storage storage = provider().open(location("b"), WRITE)) {
            assertEquals(1, bytes(storage, 0, 1)[0]);
        }
    }

    @Test
    void movingNeverReplaces() throws IOException {
        create("a", random(100)).close();
        create("b", random(200)).close();
        Host.fails(ErrorCode.EXISTS, () -> provider().move(location("a"), location("b")));
        Host.fails(ErrorCode.EXISTS, () -> provider().move(location("a"), location("a")));
        Host.fails(ErrorCode.NOT_FOUND, () -> provider().move(location("c"), location("d")));
        try (Storage a = provider().open(location("a"), READ);
                Storage b = provider().open(location("b"), READ)) {
            assertEquals(100, a.size());
            assertEquals(200, b.size());
        }
    }

    @Test
    void siblingsAreSortedAndBounded() throws IOException {
        for (String name : List.of("c", "a", "d", "b")) {
            create(name).close();
        }
        assertEquals(
                List.of(location("a"), location("b"), location("c"), location("d")),
                provider().siblings(location("c"), 10));
        assertEquals(List.of(location("a"), location("b")), provider().siblings(location("d"), 2));
    }

    @Test
    void plainNamesAreBesideTheImage() throws IOException {
        assertEquals(location("b"), provider().resolve(location("a"), "b", false));
        Host.fails(ErrorCode.DENIED, () -> provider().resolve(location("a"), "../b", false));
        Host.fails(ErrorCode.DENIED, () -> provider().resolve(location("a"), "/b", false));
        Host.fails(ErrorCode.DENIED, () -> provider().resolve(location("a"), "", false));
    }
}
