// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.disk;

/**
 * Whether calls are quick, of late: from memory, that is, and not from a device. A guess that counts without locks; an
 * update lost now and then does no harm.
 */
final class LatencyEstimate {
    private static final long QUICK_NANOS = 60_000;
    private static final long BYTES_PER_MICRO = 1000;
    private static final int FULL = 1024;
    private static final int SHARE = 16;

    /** Part of the calls that were slow, the latest counting most, of {@link #FULL}. */
    private volatile int slow;

    boolean quick() {
        return slow < FULL / 4;
    }

    void took(long nanos, int length) {
        boolean late = nanos > QUICK_NANOS + length * 1000L / BYTES_PER_MICRO;
        int now = slow;
        int next = now + ((late ? FULL : 0) - now) / SHARE;
        if (next != now) {
            slow = next;
        }
    }
}
