// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qed;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import org.platter.error.DiskException;
import org.platter.format.Image;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.TestImageContext.Mode;

/**
 * Parsers give a value or a {@link DiskException}, whatever they read. An ordinary build runs the seeds beside the
 * classes; the environment variable {@code JAZZER_FUZZ=1} lets each method look for new inputs for a while.
 */
class QedFuzzTest {
    private static final int MOST_READ = 1 << 20;

    /** The bytes are an image; what can be opened is read. */
    @FuzzTest(maxDuration = "20s")
    void image(byte[] bytes) throws IOException {
        try (Image image = Qed.open(MemoryStorage.of(bytes), Mode.READ).image()) {
            long size = Math.min(MOST_READ, image.info().size());
            for (long at = 0; at < size; at += 4096) {
                read(image, at, (int) Math.min(4096, size - at));
            }
        } catch (DiskException e) {
            return;
        }
    }

    private static void read(Image image, long offset, int length) throws IOException {
        try {
            new ImageDriver(image).read(offset, length);
        } catch (DiskException e) {
            return;
        }
    }
}
