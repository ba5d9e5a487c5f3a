// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.protocol;

import org.platter.error.DiskException;

/** Error numbers of the protocol. Source: docs/formats/nbd.md, section 4. */
public enum Errno {
    NONE(0),
    EPERM(1),
    EIO(5),
    ENOMEM(12),
    EINVAL(22),
    ENOSPC(28),
    EOVERFLOW(75),
    ENOTSUP(95),
    ESHUTDOWN(108);

    private final int number;

    Errno(int number) {
        this.number = number;
    }

    /** As it is sent. */
    public int number() {
        return number;
    }

    /** What a client is told when a request fails like this. */
    public static Errno of(Throwable failure) {
        if (failure instanceof DiskException e) {
            return switch (e.code()) {
                case READ_ONLY, DENIED -> EPERM;
                case DISK_FULL -> ENOSPC;
                case NOT_OPENED -> ESHUTDOWN;
                case BAD_SIZE, NOT_SUPPORTED -> EINVAL;
                default -> EIO;
            };
        }
        if (failure instanceof UnsupportedOperationException) {
            return ENOTSUP;
        }
        if (failure instanceof IllegalArgumentException) {
            return EINVAL;
        }
        return failure instanceof OutOfMemoryError ? ENOMEM : EIO;
    }
}
