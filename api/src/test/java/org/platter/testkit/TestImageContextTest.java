// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.platter.config.ConfigKey;
import org.platter.config.ConfigSchema;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;
import org.platter.testkit.TestImageContext.Mode;

class TestImageContextTest {
    private final MemoryFolder folder = new MemoryFolder();

    private static void refused(ErrorCode code, Executable call) {
        assertEquals(code, assertThrows(DiskException.class, call).code());
    }

    private void write(Storage storage) throws IOException {
        storage.write(ByteBuffer.allocate(5), 0);
    }

    @Test
    void makesItsStoragesAndOpensThemAgain() throws IOException {
        TestImageContext context = TestImageContext.forCreate(folder, "a.img");
        write(context.storage());
        write(context.createStorage("a-1.img"));
        assertSame(context.storage(), context.storage("a.img"));
        assertEquals(Set.of("a.img", "a-1.img"), context.created());
        TestImageContext again = TestImageContext.forWriting(folder, "a.img");
        assertEquals(5, again.storage("a-1.img").size());
        refused(ErrorCode.EXISTS, () -> again.createStorage("a-1.img"));
        refused(ErrorCode.NOT_FOUND, () -> again.storage("b.img"));
    }

    @Test
    void readerMayNotChangeAnything() throws IOException {
        write(folder.create("a.img"));
        TestImageContext context = TestImageContext.forReading(folder, "a.img");
        Storage storage = context.storage();
        assertTrue(storage.readOnly());
        assertFalse(context.writable());
        assertThrows(AssertionError.class, () -> write(storage));
        assertThrows(AssertionError.class, () -> storage.resize(1));
        assertThrows(AssertionError.class, () -> storage.zero(0, 1));
        assertThrows(AssertionError.class, () -> storage.discard(0, 1));
        assertThrows(AssertionError.class, () -> context.createStorage("b.img"));
        storage.flush();
    }

    @Test
    void storageForReadingIsReadOnlyInAWritableImage() throws IOException {
        write(folder.create("a.img"));
        TestImageContext context = TestImageContext.forWriting(folder, "a.img");
        assertTrue(context.storageForReading("a.img").readOnly());
        assertFalse(context.storage("a.img").readOnly());
    }

    @Test
    void storagesOutliveTheImageButNotItsUseOfThem() throws IOException {
        write(folder.create("a.img"));
        TestImageContext context = TestImageContext.forWriting(folder, "a.img");
        Storage storage = context.storage();
        assertThrows(AssertionError.class, storage::close);
        context.close();
        assertThrows(AssertionError.class, () -> storage.read(ByteBuffer.allocate(1), 0));
        assertThrows(AssertionError.class, storage::size);
        assertEquals(5, folder.open("a.img").size());
    }

    @Test
    void namesThatLeaveTheFolderAreDenied() throws IOException {
        folder.create("/dev/sdz");
        TestImageContext context = TestImageContext.forWriting(folder, "a.img");
        for (String name : Set.of("", "..", "../a", "x/../../a", "/dev/sdz", "C:a", "a\\b", "a\nb", "x//y")) {
            refused(ErrorCode.DENIED, () -> context.storage(name));
            refused(ErrorCode.DENIED, () -> context.createStorage(name));
        }
        assertEquals(0, context.allowingExternal().storage("/dev/sdz").size());
    }

    @Test
    void configIsChecked() throws IOException {
        ConfigSchema schema = ConfigSchema.of(ConfigKey.integer("n").orElse("3"));
        TestImageContext context = TestImageContext.of(folder, "a.img", Mode.INFO);
        assertTrue(context.infoOnly());
        assertEquals(
                OptionalLong.of(3),
                context.withConfig(schema, Map.of()).config().integer("n"));
        refused(ErrorCode.UNKNOWN_KEY, () -> context.withConfig(schema, Map.of("m", "1")));
    }

    @Test
    void wrapperSeesEveryCall() throws IOException {
        RecordingStorage.Log log = new RecordingStorage.Log();
        MemoryFolder recorded = new MemoryFolder(storage -> new RecordingStorage(storage, log));
        write(TestImageContext.forCreate(recorded, "a b%.img").storage());
        assertEquals(1, log.calls(RecordingStorage.Kind.WRITE).size());
        assertEquals(MemoryStorage.locationOf("a b%.img"), log.calls().get(0).storage());
        assertTrue(log.calls().get(0).touches(4, 1));
        assertFalse(log.calls().get(0).touches(5, 1));
    }
}
