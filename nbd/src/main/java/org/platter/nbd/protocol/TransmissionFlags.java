// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.protocol;

/** What an export can do, told before the first request. Source: docs/formats/nbd.md, section 3. */
public final class TransmissionFlags {
    public static final int HAS_FLAGS = 1;
    public static final int READ_ONLY = 1 << 1;
    public static final int SEND_FLUSH = 1 << 2;
    public static final int SEND_FUA = 1 << 3;
    public static final int SEND_TRIM = 1 << 5;
    public static final int SEND_WRITE_ZEROES = 1 << 6;
    public static final int SEND_DF = 1 << 7;
    public static final int CAN_MULTI_CONN = 1 << 8;
    public static final int SEND_CACHE = 1 << 10;
    public static final int SEND_FAST_ZERO = 1 << 11;

    private static final int ALWAYS = HAS_FLAGS | SEND_FLUSH | SEND_FUA | CAN_MULTI_CONN | SEND_CACHE;
    private static final int WRITABLE = SEND_TRIM | SEND_WRITE_ZEROES | SEND_FAST_ZERO;

    private TransmissionFlags() {}

    /** The flags of an export for a client that takes such replies. */
    public static int of(boolean readOnly, ReplyStyle style) {
        return ALWAYS | (readOnly ? READ_ONLY : WRITABLE) | (style == ReplyStyle.SIMPLE ? 0 : SEND_DF);
    }
}
