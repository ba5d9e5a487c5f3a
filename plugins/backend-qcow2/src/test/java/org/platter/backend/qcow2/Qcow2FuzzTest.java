// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.util.Map;
import org.platter.backend.qcow2.old.QcowBackend;
import org.platter.error.DiskException;
import org.platter.format.FormatBackend;
import org.platter.format.Image;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/**
 * Whatever the bytes are, opening, reading, checking, writing and repairing give a result or a {@link DiskException}. An
 * ordinary build runs the seeds beside the classes; the environment variable {@code JAZZER_FUZZ=1} lets each method look
 * for new inputs for a while.
 */
class Qcow2FuzzTest {
    private static final String NAME = "disk.qcow2";
    private static final int MOST_READ = 1 << 20;

    @FuzzTest(maxDuration = "60s")
    void image(byte[] bytes) throws IOException {
        MemoryFolder folder = MemoryFolder.of(NAME, bytes);
        folder.put("data", MemoryStorage.of(new byte[1 << 16]));
        try (Image image = new Qcow2Backend().open(TestImageContext.of(folder, NAME, Mode.WRITE))) {
            use(image, RepairMode.SAFE);
        } catch (DiskException e) {
            return;
        }
    }

    @FuzzTest(maxDuration = "60s")
    void lossyRepair(byte[] bytes) throws IOException {
        MemoryFolder folder = MemoryFolder.of(NAME, bytes);
        try (Image image = new Qcow2Backend().open(TestImageContext.of(folder, NAME, Mode.WRITE))) {
            use(image, RepairMode.LOSSY);
        } catch (DiskException e) {
            return;
        }
    }

    @FuzzTest(maxDuration = "30s")
    void snapshot(byte[] bytes) throws IOException {
        MemoryFolder folder = MemoryFolder.of(NAME, bytes);
        TestImageContext context =
                TestImageContext.of(folder, NAME, Mode.READ).withConfig(Options.SCHEMA, Map.of(Options.SNAPSHOT, "1"));
        try (Image image = new Qcow2Backend().open(context)) {
            read(image);
            image.check(Progress.NONE);
        } catch (DiskException e) {
            return;
        }
    }

    @FuzzTest(maxDuration = "30s")
    void oldImage(byte[] bytes) throws IOException {
        MemoryFolder folder = MemoryFolder.of(NAME, bytes);
        FormatBackend backend = new QcowBackend();
        try (Image image = backend.open(TestImageContext.of(folder, NAME, Mode.READ))) {
            read(image);
        } catch (DiskException e) {
            return;
        }
    }

    private static void use(Image image, RepairMode mode) throws IOException {
        read(image);
        image.check(Progress.NONE);
        attempt(() -> {
            new ImageDriver(image)
                    .write(0, new byte[(int) Math.min(512, image.info().size())]);
            image.flush();
        });
        image.repair(mode, Progress.NONE);
        image.flush();
        long last = Math.max(0, image.info().size() - 1);
        attempt(() -> new ImageDriver(image)
                .write(last, new byte[(int) Math.min(1, image.info().size())]));
        image.flush();
        read(image);
    }

    @FunctionalInterface
    private interface Action {
        void run() throws IOException;
    }

    private static void attempt(Action action) throws IOException {
        try {
            action.run();
        } catch (DiskException e) {
            return;
        }
    }

    private static void read(Image image) throws IOException {
        long size = Math.min(MOST_READ, image.info().size());
        for (long at = 0; at < size; at += 4096) {
            long offset = at;
            attempt(() -> new ImageDriver(image).read(offset, (int) Math.min(4096, size - offset)));
        }
    }
}
