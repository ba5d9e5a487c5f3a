// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.platter.format.CheckReport;
import org.platter.format.Image;
import org.platter.format.ImageSpec;
import org.platter.format.Progress;
import org.platter.testkit.ImageDriver;

/** Images in real files, used by us and by QEMU in turn. */
final class Disks {
    private Disks() {}

    @FunctionalInterface
    interface Use {
        void of(ImageDriver image) throws IOException;
    }

    /** Makes an image and does something with it. */
    static void make(Path path, ImageSpec spec, Map<String, String> config, byte[] parent, Use use) throws IOException {
        try (FolderContext context = new FolderContext(path, true, config);
                Image image = new Qcow2Backend().create(context, spec)) {
            use(image, parent, use);
        }
    }

    /** Opens an image and does something with it. */
    static void open(Path path, byte[] parent, Use use) throws IOException {
        open(path, Map.of(), parent, use);
    }

    /** Opens an image and does something with it. */
    static void open(Path path, Map<String, String> config, byte[] parent, Use use) throws IOException {
        try (FolderContext context = new FolderContext(path, false, config);
                Image image = new Qcow2Backend().open(context)) {
            use(image, parent, use);
        }
    }

    private static void use(Image image, byte[] parent, Use use) throws IOException {
        ImageDriver driver = new ImageDriver(image, parent);
        use.of(driver);
        CheckReport report = image.check(Progress.NONE);
        assertEquals(
                0, report.errors() + report.leaks(), () -> report.findings().toString());
    }

    /** The disk as QEMU reads it. */
    static byte[] read(Path path) throws IOException, InterruptedException {
        Path raw = path.resolveSibling("read.raw");
        Tools.run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", path.toString(), raw.toString());
        byte[] bytes = Files.readAllBytes(raw);
        Files.delete(raw);
        return bytes;
    }

    /** Fails if QEMU finds anything wrong. */
    static void check(Path path) throws IOException, InterruptedException {
        Tools.run("qemu-img", "check", "-q", "-f", "qcow2", path.toString());
    }

    /** Random bytes that depend on the seed only; every other stretch is easily compressed. */
    static byte[] random(long seed, int length) {
        byte[] bytes = new byte[length];
        Random random = new Random(seed);
        random.nextBytes(bytes);
        for (int at = 0; at < length; at += 4096) {
            if (random.nextBoolean()) {
                java.util.Arrays.fill(bytes, at, Math.min(length, at + 4000), (byte) random.nextInt());
            }
        }
        return bytes;
    }
}
