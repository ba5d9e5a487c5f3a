// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.extent;

import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** The faults of images, by their codes. */
public final class Bad {
    private Bad() {}

    /** A header, footer or descriptor that is not valid. */
    public static DiskException header(String message) {
        return new DiskException(ErrorCode.BAD_HEADER, message);
    }

    /** Tables or data that contradict each other or the file. */
    public static DiskException corrupt(String message) {
        return new DiskException(ErrorCode.CORRUPT, message);
    }

    /** Something that is valid and not served. */
    public static DiskException unsupported(String message) {
        return new DiskException(ErrorCode.NOT_SUPPORTED, message);
    }

    /** Something that can only be read. */
    public static DiskException readOnly(String message) {
        return new DiskException(ErrorCode.READ_ONLY, message);
    }
}
