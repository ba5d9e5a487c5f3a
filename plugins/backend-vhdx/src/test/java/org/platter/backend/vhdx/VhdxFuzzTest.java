// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import org.platter.backend.vhdx.layout.Bytes;
import org.platter.error.DiskException;
import org.platter.format.Image;
import org.platter.format.ImageSpec;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/**
 * An image gives a value or a {@link DiskException}, whatever is in its structures. An ordinary build runs the seeds; the
 * environment variable {@code JAZZER_FUZZ=1} looks for new inputs for a while.
 */
class VhdxFuzzTest {
    private static final String NAME = "disk.vhdx";
    private static final int[] PLACES = {64 << 10, 192 << 10, 1 << 20, 2 << 20, (2 << 20) + (64 << 10), 3 << 20};

    /** Four bytes say where, the rest what; checksums are made right. */
    @FuzzTest(maxDuration = "60s")
    void image(byte[] input) throws IOException {
        MemoryFolder folder = new MemoryFolder();
        TestImageContext making =
                TestImageContext.of(folder, NAME, Mode.CREATE).withConfig(new VhdxBackend().schema(), Map.of());
        try (ImageDriver image = new ImageDriver(new VhdxBackend().create(making, ImageSpec.base(6 << 20, Set.of())))) {
            image.write(0, new byte[512]);
            image.flush();
        }
        byte[] file = folder.bare(NAME).bytes();
        for (int at = 0; at + 6 <= input.length; at += 6) {
            int place = PLACES[(input[at] & 0xFF) % PLACES.length];
            int offset = (input[at + 1] & 0xFF) % 160;
            System.arraycopy(input, at + 2, file, place + offset, 4);
        }
        ByteBuffer bytes = ByteBuffer.wrap(file).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        bytes.putInt((64 << 10) + 4, Bytes.sum(bytes.slice(64 << 10, 4096), 4));
        bytes.putInt((192 << 10) + 4, Bytes.sum(bytes.slice(192 << 10, 64 << 10), 4));
        attempt(file);
    }

    private static void attempt(byte[] file) throws IOException {
        MemoryFolder folder = MemoryFolder.of(NAME, file);
        try (Image image = new VhdxBackend().open(TestImageContext.of(folder, NAME, Mode.WRITE))) {
            image.check(Progress.NONE);
            new ImageDriver(image).read(0, (int) Math.min(4096, image.info().size()));
            new ImageDriver(image).write(0, new byte[512]);
            image.flush();
            image.repair(RepairMode.LOSSY, Progress.NONE);
            image.flush();
        } catch (DiskException e) {
            return;
        }
    }
}
