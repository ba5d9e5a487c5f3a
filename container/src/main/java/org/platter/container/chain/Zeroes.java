// SPDX-License-Identifier: Apache-2.0
package org.platter.container.chain;

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

    /** True if all bytes of the range are zero; stops at the first that is not. */
    public static boolean only(ByteBuffer bytes, int from, int to) {
        int at = from;
        for (int end = to - 31; at < end; at += 32) {
            if ((bytes.getLong(at) | bytes.getLong(at + 8) | bytes.getLong(at + 16) | bytes.getLong(at + 24)) != 0) {
                return false;
            }
        }
        for (; at < to; at++) {
            if (bytes.get(at) != 0) {
                return false;
            }
        }
        return true;
    }
}
