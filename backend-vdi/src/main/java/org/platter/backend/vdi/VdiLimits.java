// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** How large a disk can be. Source: docs/formats/vdi.md, section 11. */
final class VdiLimits {
    /** The position of the data has 32 bits; this is the largest that every reader takes. */
    static final long MOST_DATA_POSITION = 0xFFF0_0000L;

    /** The last numbers of physical blocks mean zero and free. */
    static final long MOST_BLOCKS = 0xFFFF_FFFEL;

    private VdiLimits() {}

    static void check(long size, long blocks, long dataPosition) throws DiskException {
        if (blocks > MOST_BLOCKS || dataPosition > MOST_DATA_POSITION) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE,
                    "VDI: a disk of " + size + " bytes needs " + blocks + " blocks and data at " + dataPosition
                            + "; the most are " + MOST_BLOCKS + " and " + MOST_DATA_POSITION);
        }
    }
}
