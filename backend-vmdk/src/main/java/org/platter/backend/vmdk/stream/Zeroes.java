// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.stream;

import java.nio.ByteBuffer;

/** Tells whether bytes are all zero. */
final class Zeroes {
    private static final ByteBuffer SOME = ByteBuffer.allocateDirect(1 << 16).asReadOnlyBuffer();

    private Zeroes() {}

    /** True if the rest of the buffer, which stays as it is, has no other byte. */
    static boolean only(ByteBuffer bytes) {
        for (int at = bytes.position(); at < bytes.limit(); at += SOME.capacity()) {
            int count = Math.min(SOME.capacity(), bytes.limit() - at);
            if (bytes.slice(at, count).mismatch(SOME.slice(0, count)) >= 0) {
                return false;
            }
        }
        return true;
    }
}
