// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.backend.raw.RawBackend;
import org.platter.backend.vdi.VdiBackend;
import org.platter.backend.vmdk.VmdkBackend;
import org.platter.disk.CopyRequest;
import org.platter.disk.CreateRequest;
import org.platter.disk.DiskManager;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.testkit.Faults;
import org.platter.testkit.FaultyStorage;
import org.platter.testkit.MemoryStorage;

/** A host that takes no more bytes, not even those that would complete what is to be given up. */
class FullDiskTest {
    private static final int SIZE = 1 << 20;
    private static final int PLENTY = 1000;

    @ParameterizedTest
    @ValueSource(strings = {"x.vmdk", "x.vdi"})
    void aCopyThatFailsAnywhereLeavesNothing(String name) throws IOException {
        int changes = 0;
        while (changes < PLENTY && !copies(name, changes)) {
            changes++;
        }
        assertTrue(changes > 2 && changes < PLENTY, changes + " changes");
    }

    /** True if so many changes of the new file are enough. */
    private static boolean copies(String name, int changes) throws IOException {
        Faults faults = new Faults();
        MemoryProvider memory = new MemoryProvider(
                storage -> storage.location().toString().endsWith(name) ? new FaultyStorage(storage, faults) : storage);
        byte[] bytes = new byte[SIZE];
        new Random(1).nextBytes(bytes);
        memory.put("source.img", MemoryStorage.of(bytes));
        try (TestPlatform platform = new TestPlatform()
                .with(new RawBackend())
                .with(new VdiBackend())
                .with(new VmdkBackend())
                .with("mem", memory)) {
            return copies(platform.manager(), name, faults, changes, memory);
        }
    }

    private static boolean copies(DiskManager manager, String name, Faults faults, int changes, MemoryProvider memory)
            throws IOException {
        CreateRequest request = CreateRequest.of(MemoryProvider.uri(name)).withSize(SIZE);
        try (VirtualDisk source = manager.newDisk();
                VirtualDisk target = manager.newDisk()) {
            source.open(OpenRequest.of(MemoryProvider.uri("source.img")).withFormat("RAW"));
            faults.fail(Faults.Operation.CHANGES, changes + 1, Faults.Lasting.EVER);
            var job = source.copy(source.last(), CopyRequest.into(target, request));
            try {
                job.join();
                faults.heal();
                return true;
            } catch (DiskException e) {
                assertEquals(Set.of("source.img"), memory.files().keySet());
                return false;
            }
        }
    }
}
