// SPDX-License-Identifier: Apache-2.0
package org.platter.export;

import java.time.Duration;

/**
 * What the clients of an export have done since it was made. The numbers are read one after the other while clients go
 * on, so they fit together only roughly.
 *
 * @param clients connections that use it now
 * @param connections connections that ever used it
 * @param reads reading requests answered
 * @param writes writing requests answered, those for zeroes included
 * @param others other requests answered
 * @param errors answers that were errors, among all of those
 * @param bytesRead bytes sent to clients
 * @param bytesWritten bytes that clients wrote, zeroes included
 * @param latency how long requests took
 */
public record ExportStatistics(
        int clients,
        long connections,
        long reads,
        long writes,
        long others,
        long errors,
        long bytesRead,
        long bytesWritten,
        Latency latency) {

    /** All requests answered. */
    public long requests() {
        return reads + writes + others;
    }

    /**
     * From a request's arrival to its answer's readiness, over all requests; each value is at most an eighth too large.
     *
     * @param median half of the requests took no longer
     * @param p95 95 of 100 took no longer
     * @param p99 99 of 100 took no longer
     * @param max none took longer
     */
    public record Latency(Duration median, Duration p95, Duration p99, Duration max) {}
}
