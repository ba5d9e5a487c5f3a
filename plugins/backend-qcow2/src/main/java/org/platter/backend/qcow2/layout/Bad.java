// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.layout;

import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** The failures of this format, by kind. */
public final class Bad {
    private Bad() {}

    /** The header is not valid. */
    public static DiskException header(String what) {
        return new DiskException(ErrorCode.BAD_HEADER, "QCOW2 header: " + what);
    }

    /** Tables or data contradict each other. */
    public static DiskException corrupt(String what) {
        return new DiskException(ErrorCode.CORRUPT, "QCOW2 " + what);
    }

    /** The image, or this program, cannot do it. */
    public static DiskException unsupported(String what) {
        return new DiskException(ErrorCode.NOT_SUPPORTED, "QCOW2: " + what);
    }

    /** A config value makes no sense. */
    public static DiskException value(String what) {
        return new DiskException(ErrorCode.BAD_VALUE, "QCOW2: " + what);
    }

    /** A size is not possible. */
    public static DiskException size(String what) {
        return new DiskException(ErrorCode.BAD_SIZE, "QCOW2: " + what);
    }
}
