// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.login;

import org.platter.backend.iscsi.wire.Digests;

/**
 * What a login has agreed on. Lengths in bytes.
 *
 * @param digests in force from the first PDU after login
 * @param initialR2t no unsolicited data after the immediate
 * @param immediateData data may go with the command
 * @param targetSegment largest data segment that the target takes
 * @param maxBurst most data of one R2T
 * @param firstBurst most data before the first R2T
 * @param maxOutstandingR2t most R2Ts of one command at a time
 */
public record Parameters(
        Digests digests,
        boolean initialR2t,
        boolean immediateData,
        int targetSegment,
        int maxBurst,
        int firstBurst,
        int maxOutstandingR2t) {

    /** Bytes of a write that travel with the command itself. */
    public int immediate(int length) {
        return immediateData ? Math.min(length, Math.min(targetSegment, Math.min(firstBurst, maxBurst))) : 0;
    }

    /** Bytes of a write that travel before an R2T, the immediate ones included. */
    public int unsolicited(int length) {
        return initialR2t ? immediate(length) : Math.min(length, Math.min(firstBurst, maxBurst));
    }
}
