// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Geometry;

/** The geometry that all writers give a disk of some size. Source: docs/formats/vhd.md, section 3. */
final class VhdGeometry {
    /** Most cylinders that a footer has room for. */
    static final int MOST_CYLINDERS = 0xFFFF;

    private VhdGeometry() {}

    /** Refuses what a footer has no room for. */
    static Geometry storable(Geometry geometry) throws DiskException {
        if (geometry.cylinders() > MOST_CYLINDERS) {
            throw new DiskException(
                    ErrorCode.BAD_VALUE,
                    "VHD: geometry " + geometry + " has more than " + MOST_CYLINDERS + " cylinders");
        }
        return geometry;
    }

    /** The geometry of a disk of {@code size} bytes; it never covers more than the size. */
    static Geometry of(long size) {
        long total = Math.min(size / 512, 65535L * 16 * 255);
        int sectors = 17;
        long tracks = total / sectors;
        int heads = (int) Math.max(4, Math.min(17, (tracks + 1023) / 1024));
        if (total >= 65535L * 16 * 63) {
            sectors = 255;
            heads = 16;
            tracks = total / sectors;
        } else {
            if (tracks >= heads * 1024L || heads > 16) {
                sectors = 31;
                heads = 16;
                tracks = total / sectors;
            }
            if (tracks >= heads * 1024L) {
                sectors = 63;
                heads = 16;
                tracks = total / sectors;
            }
        }
        return new Geometry(Math.max(1, tracks / heads), heads, sectors);
    }
}
