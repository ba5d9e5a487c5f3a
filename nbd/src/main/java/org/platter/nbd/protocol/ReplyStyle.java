// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.protocol;

import java.nio.ByteBuffer;

/**
 * How replies to requests look, and their encoders: each puts a header at the position of {@code target}. Source:
 * docs/formats/nbd.md, section 4.
 */
public enum ReplyStyle {
    /** An error number and, for reads, all data. */
    SIMPLE,
    /** Chunks that say what they hold, where there is more to say than an error number. */
    STRUCTURED,
    /** Chunks with 64 bits of length, for everything. */
    EXTENDED;

    /** The last chunk of a reply. */
    public static final int DONE = 1;

    static final int NONE = 0;
    static final int DATA = 1;
    static final int BLOCK_STATUS = 5;
    static final int BLOCK_STATUS_EXTENDED = 6;
    static final int ERROR = 1 << 15 | 1;

    static final int SIMPLE_MAGIC = 0x67446698;
    static final int CHUNK_MAGIC = 0x668e33ef;
    static final int EXTENDED_MAGIC = 0x6e8a278c;

    /** No header is longer, the error message left out. */
    public static final int MAX_HEADER = 40;

    /** Bytes in front of data: header, and for chunks the offset. */
    public int dataHeaderBytes() {
        return switch (this) {
            case SIMPLE -> 16;
            case STRUCTURED -> 28;
            case EXTENDED -> 40;
        };
    }

    /** Header of a part of what was read; a simple reply has one part. */
    public void putData(ByteBuffer target, Request request, Part part) {
        if (this == SIMPLE) {
            putSimple(target, request, Errno.NONE);
        } else {
            putChunk(target, request, new Chunk(part.last(), DATA, 8 + part.length()));
            target.putLong(part.offset());
        }
    }

    /** A reply without data: success, or an error number. */
    public void putResult(ByteBuffer target, Request request, Errno error) {
        if (this == SIMPLE || this == STRUCTURED && error == Errno.NONE && request.type() != Command.READ) {
            putSimple(target, request, error);
        } else if (error == Errno.NONE) {
            putChunk(target, request, new Chunk(true, NONE, 0));
        } else {
            putChunk(target, request, new Chunk(true, ERROR, 6));
            target.putInt(error.number()).putShort((short) 0);
        }
    }

    /** Bytes of a {@link #putStatus block status} of so many extents. */
    public int statusBytes(int extents) {
        return this == EXTENDED ? 40 + 16 * extents : 24 + 8 * extents;
    }

    /** Header of a block status; so many extents follow by {@link #putExtent}. */
    public void putStatus(ByteBuffer target, Request request, int context, int extents) {
        if (this == EXTENDED) {
            putChunk(target, request, new Chunk(true, BLOCK_STATUS_EXTENDED, 8 + 16 * extents));
            target.putInt(context).putInt(extents);
        } else {
            putChunk(target, request, new Chunk(true, BLOCK_STATUS, 4 + 8 * extents));
            target.putInt(context);
        }
    }

    /** One extent of a block status; its length has 32 bits unless replies are extended. */
    public void putExtent(ByteBuffer target, long length, int flags) {
        if (this == EXTENDED) {
            target.putLong(length).putLong(flags);
        } else {
            target.putInt((int) length).putInt(flags);
        }
    }

    private static void putSimple(ByteBuffer target, Request request, Errno error) {
        target.putInt(SIMPLE_MAGIC).putInt(error.number()).putLong(request.cookie());
    }

    private void putChunk(ByteBuffer target, Request request, Chunk chunk) {
        target.putInt(this == EXTENDED ? EXTENDED_MAGIC : CHUNK_MAGIC)
                .putShort((short) (chunk.last() ? DONE : 0))
                .putShort((short) chunk.type())
                .putLong(request.cookie());
        if (this == EXTENDED) {
            target.putLong(request.offset()).putLong(chunk.length());
        } else {
            target.putInt(chunk.length());
        }
    }

    /** A part of what was read: where on the disk, how long, and whether it ends the reply. */
    public record Part(long offset, int length, boolean last) {}

    private record Chunk(boolean last, int type, int length) {}
}
