// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.protocol;

import java.nio.ByteBuffer;

/**
 * Header of a request, in its compact form of 28 bytes or, if extended headers were negotiated, of 32. The magic is
 * checked and not kept. Source: docs/formats/nbd.md, section 3.
 *
 * @param flags see {@link Command}
 * @param type see {@link Command}; any number
 * @param cookie what the client calls the request
 * @param offset bytes; negative from 2^63 on
 * @param length bytes, 0 to 2^32 - 1; extended: negative from 2^63 on
 */
public record Request(
        // 0x00 u32 magic
        int flags, // 0x04 u16
        int type, // 0x06 u16
        long cookie, // 0x08 u64
        long offset, // 0x10 u64
        long length // 0x18 u32, extended u64
        ) {
    static final int MAGIC = 0x25609513;
    static final int EXTENDED_MAGIC = 0x21e41c71;

    /** Bytes of a header. */
    public static int bytes(ReplyStyle style) {
        return style == ReplyStyle.EXTENDED ? 32 : 28;
    }

    /** Whether the header at the position of {@code source} starts with the right magic. */
    public static boolean recognised(ByteBuffer source, ReplyStyle style) {
        return source.getInt(source.position()) == (style == ReplyStyle.EXTENDED ? EXTENDED_MAGIC : MAGIC);
    }

    /** The header at the position of {@code source}, which stays there. */
    public static Request peek(ByteBuffer source, ReplyStyle style) {
        int start = source.position();
        return new Request(
                Short.toUnsignedInt(source.getShort(start + 4)),
                Short.toUnsignedInt(source.getShort(start + 6)),
                source.getLong(start + 8),
                source.getLong(start + 16),
                style == ReplyStyle.EXTENDED
                        ? source.getLong(start + 24)
                        : Integer.toUnsignedLong(source.getInt(start + 24)));
    }

    /** Whether the client asked for this. */
    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** Bytes of data that follow the header; negative from 2^63 on. */
    public long payload(ReplyStyle style) {
        boolean follows = style == ReplyStyle.EXTENDED ? has(Command.PAYLOAD_LEN) : type == Command.WRITE;
        return follows ? length : 0;
    }

    /** Whether the range lies within so many bytes. */
    public boolean within(long size) {
        return offset >= 0 && length >= 0 && length <= size && offset <= size - length;
    }
}
