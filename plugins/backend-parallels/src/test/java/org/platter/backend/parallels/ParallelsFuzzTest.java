// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.parallels;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import org.platter.error.DiskException;
import org.platter.format.Image;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.TestImageContext.Mode;

/**
 * Parsers give a value or a {@link DiskException}, whatever they read. An ordinary build runs the seeds beside the
 * classes; the environment variable {@code JAZZER_FUZZ=1} lets each method look for new inputs for a while.
 */
class ParallelsFuzzTest {
    private static final int MOST_READ = 1 << 20;

    /** The bytes are an image; what can be opened is read, checked, written and repaired. */
    @FuzzTest(maxDuration = "20s")
    void image(byte[] bytes) throws IOException {
        MemoryFolder folder = MemoryFolder.of(Parallels.NAME, bytes);
        try (Image image = Parallels.open(folder, Mode.WRITE).image()) {
            read(image);
            image.check(Progress.NONE);
            new ImageDriver(image).write(0, new byte[512]);
            image.flush();
        } catch (DiskException e) {
            repair(folder);
        }
    }

    private static void repair(MemoryFolder folder) throws IOException {
        try (Image image = Parallels.open(folder, Mode.WRITE).image()) {
            image.repair(RepairMode.LOSSY, Progress.NONE);
            image.flush();
            read(image);
        } catch (DiskException e) {
            return;
        }
    }

    /** The bytes are a descriptor, beside two files. */
    @FuzzTest(maxDuration = "20s")
    void descriptor(byte[] bytes) throws IOException {
        MemoryFolder folder = MemoryFolder.of(Parallels.NAME, bytes);
        folder.put("a.hds", Parallels.used());
        try (Image image = Parallels.open(folder, Mode.READ).image()) {
            read(image);
        } catch (DiskException e) {
            return;
        }
    }

    private static void read(Image image) throws IOException {
        long size = Math.min(MOST_READ, image.info().size());
        for (long at = 0; at < size; at += 4096) {
            try {
                new ImageDriver(image).read(at, (int) Math.min(4096, size - at));
            } catch (DiskException e) {
                continue;
            }
        }
    }
}
