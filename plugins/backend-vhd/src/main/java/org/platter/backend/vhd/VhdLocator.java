// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.nio.ByteBuffer;

/**
 * Where a file keeps one name of its parent. Big-endian, 24 bytes. Source: docs/formats/vhd.md, section 6.
 *
 * @param space never used to find anything: writers disagree about its unit
 * @param length of the name, bytes
 */
record VhdLocator(
        int platform, // 0x00 four letters, 0 for unused
        int space, // 0x04 u32
        long length, // 0x08 u32
        int reserved, // 0x0C u32
        long position) { // 0x10 u64

    static final VhdLocator NONE = new VhdLocator(0, 0, 0, 0, 0);

    /** A path relative to the child, UTF-16, little-endian. */
    static final int RELATIVE = 0x5732_7275;

    /** An absolute path, UTF-16, little-endian. */
    static final int ABSOLUTE = 0x5732_6B75;

    /** Bytes of the longest name. */
    static final int MOST = 1 << 16;

    static VhdLocator decode(ByteBuffer source) {
        return new VhdLocator(
                source.getInt(),
                source.getInt(),
                Integer.toUnsignedLong(source.getInt()),
                source.getInt(),
                source.getLong());
    }

    void encode(ByteBuffer target) {
        target.putInt(platform)
                .putInt(space)
                .putInt((int) length)
                .putInt(reserved)
                .putLong(position);
    }

    /** True if a name can be there, in a file of that size. */
    boolean plausible(long fileSize) {
        return platform != 0
                && length > 0
                && length <= MOST
                && position >= VhdFooter.BYTES
                && position <= fileSize - length;
    }

    VhdExtent extent() {
        return VhdExtent.of(position, length);
    }
}
