// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.session;

import org.platter.backend.iscsi.login.Identity;

/**
 * How a session behaves. Times in nanoseconds.
 *
 * @param identity who logs in to what
 * @param place the target and unit, for messages
 * @param lun the unit that is looked at after a reconnect
 * @param depth most commands in flight
 * @param timeoutNanos to connect and log in, and the longest silence of a live target
 * @param commandNanos most for one attempt of a command
 * @param recoveryNanos how long an outage may last; negative for ever
 * @param logBytes most memory for copies of unflushed writes; 0 for none
 * @param dump malformed headers go to the log
 */
public record SessionOptions(
        Identity identity,
        String place,
        long lun,
        int depth,
        long timeoutNanos,
        long commandNanos,
        long recoveryNanos,
        long logBytes,
        boolean dump) {

    /** From its start to its end, retries included, no task takes longer. */
    long taskNanos(long attemptNanos) {
        return recoveryNanos < 0 ? Long.MAX_VALUE / 4 : attemptNanos + recoveryNanos;
    }
}
