// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.function.Executable;
import org.platter.backend.vmdk.meta.Settings;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.format.Progress;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** Images in memory, and what tests do with them. The main file is {@value #NAME}. */
public final class Vmdk {
    /** The name of the main file. */
    public static final String NAME = "disk.vmdk";

    /** A size that is no multiple of a grain. */
    public static final int SIZE = (3 << 20) + 65536 + 512;

    private Vmdk() {}

    /** Makes an image and gives it open. */
    public static ImageDriver create(MemoryFolder folder, ImageSpec spec, String... config) throws IOException {
        TestImageContext context = TestImageContext.forCreate(folder, NAME).withConfig(Settings.SCHEMA, map(config));
        return new ImageDriver(new VmdkBackend().create(context, spec));
    }

    private static Map<String, String> map(String... config) {
        Map<String, String> map = new java.util.HashMap<>();
        for (int i = 0; i < config.length; i += 2) {
            map.put(config[i], config[i + 1]);
        }
        return map;
    }

    /** Makes an image, writes these bytes from its start on, and closes it. */
    public static MemoryFolder created(Set<ImageFlag> flags, long size, byte[] bytes, String... config)
            throws IOException {
        MemoryFolder folder = new MemoryFolder();
        try (ImageDriver image = create(folder, ImageSpec.base(size, flags), config)) {
            image.write(0, bytes);
            image.flush();
        }
        return folder;
    }

    /** Opens the image of a folder. */
    public static ImageDriver open(MemoryFolder folder, Mode mode) throws IOException {
        return new ImageDriver(new VmdkBackend().open(TestImageContext.of(folder, NAME, mode)));
    }

    /** Opens the image of a folder over a parent that reads as these bytes. */
    public static ImageDriver open(MemoryFolder folder, Mode mode, byte[] parent) throws IOException {
        return new ImageDriver(new VmdkBackend().open(TestImageContext.of(folder, NAME, mode)), parent);
    }

    /** A folder whose main file is this text. */
    public static MemoryFolder described(String text) {
        MemoryFolder folder = new MemoryFolder();
        folder.put(NAME, MemoryStorage.of(text.getBytes(StandardCharsets.UTF_8)));
        return folder;
    }

    /** A descriptor with these extents. */
    public static MemoryFolder described(String type, String... extents) {
        return described("# Disk DescriptorFile\nversion=1\nCID=12345678\nparentCID=ffffffff\ncreateType=\"" + type
                + "\"\n" + String.join("\n", extents) + "\nddb.adapterType = \"ide\"\n");
    }

    /** Random bytes that depend on the seed only. */
    public static byte[] random(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Changes four bytes of a file, little-endian. */
    public static void poke(MemoryFolder folder, String name, long position, int value) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value);
        folder.bare(name).write(bytes.flip(), position);
    }

    /** Changes eight bytes of a file, little-endian. */
    public static void pokeLong(MemoryFolder folder, String name, long position, long value) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value);
        folder.bare(name).write(bytes.flip(), position);
    }

    /** Reads four bytes of a file, little-endian. */
    public static int peek(MemoryFolder folder, String name, long position) throws IOException {
        return ByteBuffer.wrap(folder.bare(name).bytes(position, 4))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getInt();
    }

    /** Fails unless the call fails with this code; gives the message. */
    public static String assertCode(ErrorCode code, Executable call) {
        DiskException e = assertThrows(DiskException.class, call);
        assertEquals(code, e.code(), e::getMessage);
        assertTrue(e.getMessage().contains("VMDK"), e::getMessage);
        return e.getMessage();
    }

    /** Fails unless an image checks without faults. */
    public static void assertClean(ImageDriver image) throws IOException {
        CheckReport report = image.image().check(Progress.NONE);
        assertEquals(0, report.errors() + report.leaks(), report.findings()::toString);
    }
}
