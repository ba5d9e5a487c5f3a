// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.parallels;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import org.platter.format.ImageSpec;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.OpenImage;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** Images in memory, and descriptors. */
final class Parallels {
    static final String NAME = "disk.hds";
    static final String TOP = "{5fbaabe3-6958-40ff-92a7-860e329aab41}";

    private static final ParallelsBackend BACKEND = new ParallelsBackend();

    private Parallels() {}

    static OpenImage create(long size, long cluster) throws IOException {
        TestImageContext context = TestImageContext.forCreate(new MemoryFolder(), NAME)
                .withConfig(BACKEND.schema(), Map.of(ParallelsBackend.CLUSTER_SIZE, Long.toString(cluster)));
        return new OpenImage(context, new ImageDriver(BACKEND.create(context, ImageSpec.base(size, Set.of()))));
    }

    /** A file of an image of four clusters of 64 KiB, of which the second and the last have data. */
    static MemoryStorage used() throws IOException {
        OpenImage image = create(4 << 16, 1 << 16);
        image.driver().write(1 << 16, filled(1));
        image.driver().write(3 << 16, filled(3));
        image.driver().flush();
        image.close();
        return image.folder().bare(NAME);
    }

    static byte[] filled(int value) {
        byte[] bytes = new byte[1 << 16];
        java.util.Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    static OpenImage open(MemoryFolder folder, Mode mode) throws IOException {
        return open(folder, NAME, mode);
    }

    static OpenImage open(MemoryFolder folder, String name, Mode mode) throws IOException {
        TestImageContext context = TestImageContext.of(folder, name, mode);
        return new OpenImage(context, new ImageDriver(BACKEND.open(context)));
    }

    static void putInt(MemoryStorage storage, long position, long value) throws IOException {
        storage.write(
                ByteBuffer.allocate(4)
                        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                        .putInt((int) value)
                        .flip(),
                position);
    }

    /** The element of a stretch with images, each {@code GUID TYPE FILE}. */
    static String stretch(long from, long to, String... images) {
        StringBuilder text = new StringBuilder("<Storage><Start>" + from + "</Start><End>" + to + "</End>");
        for (String image : images) {
            String[] words = image.split(" ");
            text.append("<Image><GUID>" + words[0] + "</GUID><Type>" + words[1] + "</Type><File>" + words[2]
                    + "</File></Image>");
        }
        return text + "</Storage>";
    }

    /** A descriptor of a disk of that many sectors. */
    static String descriptor(long sectors, String storages, String snapshots) {
        return "<?xml version='1.0' encoding='UTF-8'?>\n<Parallels_disk_image Version=\"1.0\"><Disk_Parameters><Disk_size>"
                + sectors
                + "</Disk_size><Encryption><Engine>{00000000-0000-0000-0000-000000000000}</Engine></Encryption>"
                + "</Disk_Parameters><StorageData>" + storages + "</StorageData><Snapshots>" + snapshots
                + "</Snapshots></Parallels_disk_image>";
    }
}
