// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.protocol;

/**
 * What a client may ask for once it has chosen an export. Source: docs/formats/nbd.md, section 3.
 *
 * @param style how replies look
 * @param size bytes of the disk, as the client was told
 * @param readOnly true if the client was told that it can only read
 * @param status true if it has chosen the context of the block status
 */
public record Rules(ReplyStyle style, long size, boolean readOnly, boolean status) {
    /** The most bytes that one request may read or write. */
    public static final int MAX_DATA = 32 << 20;

    /** The error that a request deserves, or {@code NONE}. */
    public Errno judge(Request request) {
        int type = request.type();
        if (type > Command.BLOCK_STATUS || (request.flags() & ~Command.flags(type, style)) != 0) {
            return Errno.EINVAL;
        }
        boolean writes = type == Command.WRITE || type == Command.WRITE_ZEROES;
        if ((writes || type == Command.TRIM) && readOnly) {
            return Errno.EPERM;
        }
        if (type != Command.FLUSH && !request.within(size)) {
            return writes ? Errno.ENOSPC : Errno.EINVAL;
        }
        boolean large = (type == Command.READ || type == Command.WRITE) && request.length() > MAX_DATA;
        boolean unframed = type == Command.WRITE && request.payload(style) != request.length();
        boolean unasked = type == Command.BLOCK_STATUS && (!status || request.length() == 0);
        return large || unframed || unasked ? Errno.EINVAL : Errno.NONE;
    }
}
