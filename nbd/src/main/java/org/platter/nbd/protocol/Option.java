// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.protocol;

import java.nio.ByteBuffer;

/**
 * Header of a client's option. 16 bytes, of which the magic is checked and not kept. Source: docs/formats/nbd.md,
 * section 2.
 *
 * @param code what is asked; any number
 * @param length bytes of data that follow, 0 to 2^32 - 1
 */
public record Option(
        // 0x00 u64 magic
        int code, // 0x08 u32
        long length // 0x0c u32
        ) {
    public static final int EXPORT_NAME = 1;
    public static final int ABORT = 2;
    public static final int LIST = 3;
    public static final int STARTTLS = 5;
    public static final int INFO = 6;
    public static final int GO = 7;
    public static final int STRUCTURED_REPLY = 8;
    public static final int LIST_META_CONTEXT = 9;
    public static final int SET_META_CONTEXT = 10;
    public static final int EXTENDED_HEADERS = 11;

    /** Bytes of the header. */
    public static final int BYTES = 16;

    /** Whether the header at the position of {@code source} starts with the right magic. */
    public static boolean recognised(ByteBuffer source) {
        return source.getLong(source.position()) == Handshake.OPTION_MAGIC;
    }

    /** Takes a header from {@code source}. */
    public static Option decode(ByteBuffer source) {
        source.getLong();
        return new Option(source.getInt(), Integer.toUnsignedLong(source.getInt()));
    }
}
