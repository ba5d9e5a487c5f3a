// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx.layout;

/** A stretch of a file, bytes. */
public record Extent(String name, long from, long to) {
    /** True if it shares a byte with another stretch. */
    public boolean overlaps(long otherFrom, long otherTo) {
        return from < otherTo && otherFrom < to;
    }
}
