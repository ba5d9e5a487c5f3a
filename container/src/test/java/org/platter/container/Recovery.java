// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.platter.container.Expectation.Promise;
import org.platter.disk.DiskManager;
import org.platter.disk.Layer;
import org.platter.disk.VirtualDisk;
import org.platter.format.Capability;
import org.platter.format.CheckReport;
import org.platter.testkit.DiskModel;
import org.platter.testkit.MemoryStorage;

/** What users do after a crash: open, check, repair what needs it, and go on. */
final class Recovery {
    private Recovery() {}

    /** Fails unless the files keep the promise. */
    static void verify(Map<String, MemoryStorage> files, Promise promise) {
        for (List<Expectation> either : promise.all()) {
            Expectation one = either.stream()
                    .filter(expectation -> files.containsKey(expectation.top()))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("nothing is left but " + files.keySet()));
            MemoryProvider memory = new MemoryProvider();
            files.forEach((name, storage) -> memory.put(name, storage.copy()));
            try (TestPlatform platform = TestPlatform.withFileFormats(memory)) {
                verify(platform.manager(), one);
            } catch (IOException | AssertionError e) {
                throw new AssertionError(one.top() + " of " + files.keySet() + ": " + e.getMessage(), e);
            }
        }
    }

    private static void verify(DiskManager manager, Expectation expected) throws IOException {
        for (URI place : damaged(manager, expected)) {
            mend(manager, place);
        }
        byte[] changed = RawDiskTest.random(77, 1024);
        byte[] now;
        try (VirtualDisk disk = open(manager, expected)) {
            now = read(disk, expected);
            disk.write(ByteBuffer.wrap(changed), 1536);
            System.arraycopy(changed, 0, now, 1536, changed.length);
            disk.flush();
            assertEquals(List.of(), damaged(disk));
        }
        try (VirtualDisk disk = open(manager, expected)) {
            DiskModel.exactly(now).checkExactly(RawDiskTest.read(disk, 0, now.length));
        }
    }

    private static VirtualDisk open(DiskManager manager, Expectation expected) throws IOException {
        VirtualDisk disk = SmallChain.open(manager, expected.top());
        assertFalse(disk.readOnly());
        return disk;
    }

    private static List<URI> damaged(DiskManager manager, Expectation expected) throws IOException {
        try (VirtualDisk disk = open(manager, expected)) {
            read(disk, expected);
            return damaged(disk);
        }
    }

    /** The images with faults or leaks. */
    private static List<URI> damaged(VirtualDisk disk) throws IOException {
        List<URI> damaged = new ArrayList<>();
        for (Layer layer : disk.layers()) {
            if (layer.info().can(Capability.CHECK)) {
                CheckReport report = disk.check(layer).join();
                if (report.errors() + report.leaks() > 0) {
                    damaged.add(layer.location());
                }
            }
        }
        return damaged;
    }

    /** Everything, after it was compared. */
    private static byte[] read(VirtualDisk disk, Expectation expected) throws IOException {
        byte[] bytes = RawDiskTest.read(disk, 0, (int) disk.size());
        if (expected.models().stream().noneMatch(model -> model.allows(bytes))) {
            expected.models().get(0).checkAfterCrash(bytes); // fails, saying why
        }
        return bytes;
    }

    private static void mend(DiskManager manager, URI place) throws IOException {
        try (VirtualDisk disk = SmallChain.open(manager, place.getPath().substring(1))) {
            disk.repair(disk.last()).join();
        }
    }
}
