// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qed;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.OpenImage;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** Images in memory, by hand: clusters of 4 KiB, tables of one cluster. */
final class Qed {
    static final String NAME = "disk.qed";
    static final int CLUSTER = 4096;
    static final int L1 = CLUSTER;
    static final int L2 = 2 * CLUSTER;
    static final String PARENT = "base.img";

    private static final int NAME_POSITION = 64;

    private Qed() {}

    /** A disk of six clusters: data, data, nothing, zeroes, the first's neighbour again, nothing. */
    static MemoryStorage used() throws IOException {
        MemoryStorage storage = MemoryStorage.of(new byte[5 * CLUSTER]);
        ByteBuffer header = ByteBuffer.allocate(128).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(QedHeader.MAGIC).putInt(CLUSTER).putInt(1).putInt(1);
        header.putLong(0).putLong(0).putLong(0).putLong(L1).putLong(6 * CLUSTER - 512);
        header.putInt(NAME_POSITION).putInt(PARENT.length()).put(PARENT.getBytes(StandardCharsets.UTF_8));
        storage.write(header.flip(), 0);
        put(storage, L1, L2);
        long[] entries = {3 * CLUSTER, 4 * CLUSTER, 0, 1, 4 * CLUSTER, 0};
        for (int i = 0; i < entries.length; i++) {
            put(storage, L2 + 8L * i, entries[i]);
        }
        for (int cluster = 3; cluster < 5; cluster++) {
            storage.write(ByteBuffer.wrap(filled(cluster)), (long) cluster * CLUSTER);
        }
        return storage;
    }

    static byte[] filled(int value) {
        byte[] bytes = new byte[CLUSTER];
        java.util.Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    static void put(MemoryStorage storage, long position, long value) throws IOException {
        storage.write(
                ByteBuffer.allocate(8)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(value)
                        .flip(),
                position);
    }

    static void putInt(MemoryStorage storage, long position, long value) throws IOException {
        storage.write(
                ByteBuffer.allocate(4)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt((int) value)
                        .flip(),
                position);
    }

    static OpenImage open(MemoryStorage storage, Mode mode) throws IOException {
        TestImageContext context = TestImageContext.of(MemoryFolder.of(NAME, storage), NAME, mode);
        return new OpenImage(context, new ImageDriver(new QedBackend().open(context)));
    }
}
