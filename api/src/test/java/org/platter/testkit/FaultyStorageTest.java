// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.testkit.Faults.Lasting;
import org.platter.testkit.Faults.Operation;

class FaultyStorageTest {
    private final Faults faults = new Faults();
    private final MemoryStorage below = MemoryStorage.named("m");
    private final FaultyStorage storage = new FaultyStorage(below, faults);

    private void write(int length) throws IOException {
        storage.write(ByteBuffer.allocate(length), 0);
    }

    private static void fails(ErrorCode code, Executable call) {
        assertEquals(code, assertThrows(DiskException.class, call).code());
    }

    @Test
    void failsOnceAtTheCallPlanned() throws IOException {
        faults.fail(Set.of(Operation.WRITE), 2, Lasting.ONCE);
        write(10);
        fails(ErrorCode.IO, () -> write(20));
        assertEquals(10, below.size());
        write(20);
        assertEquals(3, faults.count(Operation.WRITE));
        assertEquals(1, faults.failures());
    }

    @Test
    void failsFromThereOnUntilHealed() throws IOException {
        faults.fail(Operation.CHANGES, 1, Lasting.EVER);
        fails(ErrorCode.IO, () -> write(10));
        fails(ErrorCode.IO, storage::flush);
        fails(ErrorCode.IO, () -> storage.resize(5));
        fails(ErrorCode.IO, () -> storage.zero(0, 5));
        assertEquals(0, storage.size());
        faults.heal();
        write(10);
        storage.flush();
    }

    @Test
    void otherKindsOfCallsDoNotCount() throws IOException {
        faults.fail(Set.of(Operation.READ), 1, Lasting.ONCE);
        write(10);
        storage.flush();
        fails(ErrorCode.IO, () -> storage.read(ByteBuffer.allocate(1), 0));
        storage.read(ByteBuffer.allocate(1), 0);
    }

    @Test
    void tornWriteLeavesItsFirstSectors() throws IOException {
        faults.tearWrites();
        faults.fail(Set.of(Operation.WRITE), 1, Lasting.EVER);
        fails(ErrorCode.IO, () -> write(512 * 5));
        assertEquals(512 * 2, below.size());
    }

    @Test
    void fullStorageTakesWhatItHoldsAlready() throws IOException {
        write(100);
        faults.capacity(100);
        write(100);
        fails(ErrorCode.DISK_FULL, () -> write(101));
        fails(ErrorCode.DISK_FULL, () -> storage.resize(101));
        fails(ErrorCode.DISK_FULL, () -> storage.preallocate(100, 1));
        storage.resize(50);
    }
}
