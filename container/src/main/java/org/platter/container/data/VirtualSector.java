// SPDX-License-Identifier: Apache-2.0
package org.platter.container.data;

import org.platter.disk.VirtualDisk;

/** The unit of a disk's offsets and lengths. */
public final class VirtualSector {
    /** Bytes of a sector. */
    public static final int BYTES = VirtualDisk.SECTOR;

    private VirtualSector() {}

    /** The size rounded up to whole sectors. */
    public static long up(long size) {
        return (size + BYTES - 1) / BYTES * BYTES;
    }

    /** Refuses a range that is empty, not made of sectors or outside a disk of that size. */
    public static void check(long offset, long length, long size) {
        if (offset < 0 || length <= 0 || offset % BYTES != 0 || length % BYTES != 0) {
            throw new IllegalArgumentException("offset " + offset + " and length " + length + " must be multiples of "
                    + BYTES + ", the length more than 0");
        }
        if (length > up(size) - offset) {
            throw new IllegalArgumentException(
                    "offset " + offset + " and length " + length + " reach beyond the disk's " + size + " bytes");
        }
    }
}
