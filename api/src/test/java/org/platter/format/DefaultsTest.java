// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.platter.config.ConfigSchema;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.TestImageContext;

/** A format that implements only what it must can do nothing else, and says so. */
class DefaultsTest {
    private final Image image = new Image() {
        @Override
        public ImageInfo info() {
            return ImageInfo.of("0", 512, 0, Set.of(), Set.of());
        }

        @Override
        public Run map(long offset, long length) {
            return new Run.Zero(offset, length);
        }

        @Override
        public void close() {}
    };

    private final FormatBackend backend = context -> image;

    private static void notSupported(Executable call) {
        assertEquals(
                ErrorCode.NOT_SUPPORTED, assertThrows(DiskException.class, call).code());
    }

    @Test
    void imageRefusesAllChangesButTakesAFlush() throws IOException {
        notSupported(() -> image.allocate(0, 512));
        notSupported(() -> image.remap(new Run.Zero(0, 512)));
        notSupported(() -> image.update(ImageAttributes.NONE));
        notSupported(() -> image.resize(1024));
        notSupported(() -> image.check(Progress.NONE));
        notSupported(() -> image.repair(RepairMode.SAFE, Progress.NONE));
        image.flush();
    }

    @Test
    void backendClaimsAndCreatesNothing() throws IOException {
        TestImageContext context = TestImageContext.forCreate(new MemoryFolder(), "x");
        notSupported(() -> backend.create(context, ImageSpec.base(512, Set.of())));
        assertFalse(backend.probe(MemoryStorage.of(new byte[4096])));
        assertEquals(ConfigSchema.EMPTY, backend.schema());
        backend.rename(context, UnaryOperator.identity());
    }
}
