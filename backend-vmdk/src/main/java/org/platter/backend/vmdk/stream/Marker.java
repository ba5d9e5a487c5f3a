// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.stream;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What stands in front of everything in a stream. Little-endian; a grain's data follows at once, other markers fill a
 * sector. Source: docs/formats/vmdk.md, section 7.
 */
record Marker(
        long value, // 0x00 u64, of a grain its first sector on the disk, else sectors that follow
        long dataSize, // 0x08 u32, compressed bytes of a grain, else 0
        int type) { // 0x0C u32, the first bytes of data of a grain

    /** Bytes in front of a grain's data. */
    static final int GRAIN_BYTES = 12;

    /** Bytes that are looked at. */
    static final int BYTES = 16;

    static final int END = 0;
    static final int TABLE = 1;
    static final int DIRECTORY = 2;
    static final int FOOTER = 3;

    private static final int SECTOR = 512;

    /** Any 16 bytes give a marker. */
    static Marker decode(ByteBuffer source) {
        ByteBuffer b = source.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        return new Marker(b.getLong(), Integer.toUnsignedLong(b.getInt()), b.getInt());
    }

    /** A marker that is none of a grain, in a sector of its own. */
    ByteBuffer encode() {
        ByteBuffer b = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
        return b.putLong(value).putInt((int) dataSize).putInt(type).clear();
    }
}
