// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.protocol;

/** Kinds of requests and their flags. Source: docs/formats/nbd.md, section 3. */
public final class Command {
    public static final int READ = 0;
    public static final int WRITE = 1;
    public static final int DISCONNECT = 2;
    public static final int FLUSH = 3;
    public static final int TRIM = 4;
    public static final int CACHE = 5;
    public static final int WRITE_ZEROES = 6;
    public static final int BLOCK_STATUS = 7;

    /** The reply means that what was written is durable. */
    public static final int FUA = 1;

    /** {@link #WRITE_ZEROES}: storage is taken, so that later writes find room. */
    public static final int NO_HOLE = 1 << 1;

    /** {@link #READ}: all data in one chunk. */
    public static final int DF = 1 << 2;

    /** {@link #BLOCK_STATUS}: the first extent is enough. */
    public static final int REQ_ONE = 1 << 3;

    /** {@link #WRITE_ZEROES}: fail if it takes as long as writing. */
    public static final int FAST_ZERO = 1 << 4;

    /** Extended headers: the length is that of the data behind the header. */
    public static final int PAYLOAD_LEN = 1 << 5;

    private Command() {}

    /** The flags that a kind may have with such headers; none for kinds that do not exist. */
    public static int flags(int type, ReplyStyle style) {
        return switch (type) {
            case READ -> FUA | (style == ReplyStyle.SIMPLE ? 0 : DF);
            case WRITE -> FUA | (style == ReplyStyle.EXTENDED ? PAYLOAD_LEN : 0);
            case FLUSH, TRIM, CACHE -> FUA;
            case WRITE_ZEROES -> FUA | NO_HOLE | FAST_ZERO;
            case BLOCK_STATUS -> FUA | REQ_ONE;
            default -> 0;
        };
    }
}
