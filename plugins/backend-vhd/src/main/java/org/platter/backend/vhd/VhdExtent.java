// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

/** A stretch of a file, bytes. */
record VhdExtent(long from, long to) {
    static VhdExtent of(long position, long length) {
        return new VhdExtent(position, position + length);
    }

    boolean overlaps(long otherFrom, long otherTo) {
        return from < otherTo && otherFrom < to;
    }
}
