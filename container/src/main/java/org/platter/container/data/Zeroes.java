// SPDX-License-Identifier: Apache-2.0
package org.platter.container.data;

import java.nio.ByteBuffer;

/** Zero bytes: making and finding them. */
public final class Zeroes {
    private static final ByteBuffer SOURCE = ByteBuffer.allocateDirect(64 << 10).asReadOnlyBuffer();

    private Zeroes() {}

    /** Puts that many zeroes into {@code target}, at its position. */
    public static void put(ByteBuffer target, int count) {
        for (int left = count; left > 0; ) {
            int step = Math.min(left, SOURCE.capacity());
            target.put(target.position(), SOURCE, 0, step).position(target.position() + step);
            left -= step;
        }
    }

    /** True if all bytes of the range are zero; stops soon after the first that is not. */
    public static boolean only(ByteBuffer bytes, int from, int to) {
        if (from < to && bytes.get(from) != 0) {
            return false; // most data, at no cost
        }
        for (int at = from; at < to; ) {
            int step = Math.min(to - at, SOURCE.capacity());
            if (bytes.slice(at, step).mismatch(SOURCE.slice(0, step)) >= 0) {
                return false;
            }
            at += step;
        }
        return true;
    }
}
