// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.layout;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Geometry;
import org.platter.storage.Storage;

/** Makes COWD extents. Grain tables are there from the start if they are small, else they come when they are needed. */
public final class CowdWriter {
    private static final int FLAGS = 0x1;
    private static final int GEOMETRY_AT = 0x20;
    private static final long MOST_TABLE_BYTES = 16 << 20;

    private CowdWriter() {}

    /** Makes an empty extent in an empty storage; {@code parent} is the file name of the parent, empty for a base. */
    public static void create(Storage storage, long size, long grain, Geometry geometry, String parent)
            throws IOException {
        Layout layout = new Layout(
                size,
                Long.numberOfTrailingZeros(grain),
                CowdHeader.TABLE_ENTRIES,
                CowdHeader.BYTES,
                -1,
                false,
                CowdHeader.BYTES,
                CowdHeader.BYTES);
        if (size >= Sectors.END || layout.tables() > Layout.MOST_TABLES) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE, "VMDK COWD extent: " + size + " bytes are not below " + Sectors.END);
        }
        long first = CowdHeader.BYTES + layout.directoryBytes();
        long tableBytes = layout.tables() * layout.tableBytes();
        long end = tableBytes > MOST_TABLE_BYTES ? first : first + tableBytes;
        CowdHeader header = new CowdHeader(
                CowdHeader.MAGIC,
                1,
                parent.isEmpty() ? FLAGS | CowdHeader.ROOT : FLAGS,
                size / Sectors.BYTES,
                grain / Sectors.BYTES,
                CowdHeader.BYTES / Sectors.BYTES,
                layout.tables(),
                end / Sectors.BYTES,
                parent,
                0);
        ByteBuffer bytes = header.encodeInto(ByteBuffer.allocate(CowdHeader.BYTES));
        if (parent.isEmpty()) {
            bytes.putInt(GEOMETRY_AT, (int) geometry.cylinders());
            bytes.putInt(GEOMETRY_AT + 4, geometry.heads());
            bytes.putInt(GEOMETRY_AT + 8, geometry.sectors());
        }
        storage.resize(end);
        storage.write(bytes, 0);
        if (end > first) {
            new Ramp(storage).write(CowdHeader.BYTES, first, layout.tableBytes(), layout.tables());
        }
    }
}
