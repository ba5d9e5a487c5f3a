// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.layout;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.storage.Storage;

/** Writes directory entries for tables that lie behind each other. */
public record Ramp(Storage storage) {
    private static final int PIECE = 1 << 16;

    /** Writes {@code count} entries to {@code position}: tables from {@code first} on, {@code step} bytes apart. */
    public void write(long position, long first, int step, long count) throws IOException {
        ByteBuffer entries = ByteBuffer.allocate(PIECE).order(ByteOrder.LITTLE_ENDIAN);
        long at = position;
        for (long i = 0; i < count; i++) {
            entries.putInt((int) ((first + i * step) / Sectors.BYTES));
            if (!entries.hasRemaining() || i == count - 1) {
                entries.flip();
                int length = entries.remaining();
                storage.write(entries, at);
                at += length;
                entries.clear();
            }
        }
    }
}
