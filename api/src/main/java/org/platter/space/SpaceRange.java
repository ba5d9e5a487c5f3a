// SPDX-License-Identifier: Apache-2.0
package org.platter.space;

/**
 * A range of a disk. Immutable.
 *
 * @param offset where it starts, bytes
 * @param length how long it is, bytes, more than 0
 */
public record SpaceRange(long offset, long length) {
    /** Checks the numbers. */
    public SpaceRange {
        if (offset < 0 || length <= 0 || length > Long.MAX_VALUE - offset) {
            throw new IllegalArgumentException("no range: " + offset + "+" + length);
        }
    }

    /** The first byte after it. */
    public long end() {
        return offset + length;
    }
}
