// SPDX-License-Identifier: Apache-2.0
package org.platter.container.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.platter.testkit.MemoryStorage;

class TrackingStorageTest {
    private static final int MIB = DirtyRanges.UNIT;

    @Test
    void whatIsCutOffIsAChange() throws Exception {
        try (TrackingStorage storage = new TrackingStorage(MemoryStorage.named("file"))) {
            storage.write(ByteBuffer.allocate(3 * MIB), 0);
            taken(storage);
            storage.resize(MIB);
            storage.resize(3L * MIB);
            assertEquals(2, storage.changed().count());
            assertEquals(MIB, storage.changed().take());
        }
    }

    @Test
    void growingIsNone() throws Exception {
        try (TrackingStorage storage = new TrackingStorage(MemoryStorage.named("file"))) {
            storage.resize(3L * MIB);
            assertEquals(0, storage.changed().count());
        }
    }

    private static void taken(TrackingStorage storage) {
        while (storage.changed().take() >= 0) {}
    }
}
