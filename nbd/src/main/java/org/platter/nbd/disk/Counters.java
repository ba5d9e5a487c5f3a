// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.disk;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import org.platter.export.ExportStatistics;

/** What the clients of an export do. Counts without locks. */
public final class Counters {
    /** Times are counted in buckets, eight to each power of two of nanoseconds. */
    private static final int FRACTION_BITS = 3;

    private static final int BUCKETS = 64 << FRACTION_BITS;

    private final AtomicInteger clients = new AtomicInteger();
    private final LongAdder connections = new LongAdder();
    private final LongAdder reads = new LongAdder();
    private final LongAdder writes = new LongAdder();
    private final LongAdder others = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private final LongAdder bytesRead = new LongAdder();
    private final LongAdder bytesWritten = new LongAdder();
    private final AtomicLongArray times = new AtomicLongArray(BUCKETS);

    /** A client has begun to use the export. */
    public void come() {
        clients.incrementAndGet();
        connections.increment();
    }

    /** It has ended. */
    public void go() {
        clients.decrementAndGet();
    }

    /** A read of so many bytes took so long. */
    public void read(long bytes, long nanos) {
        reads.increment();
        bytesRead.add(bytes);
        time(nanos);
    }

    /** A change of so many bytes took so long. */
    public void write(long bytes, long nanos) {
        writes.increment();
        bytesWritten.add(bytes);
        time(nanos);
    }

    /** Something else took so long. */
    public void other(long nanos) {
        others.increment();
        time(nanos);
    }

    /** One of those was answered by an error. */
    public void error() {
        errors.increment();
    }

    /** All of it, now. */
    public ExportStatistics snapshot() {
        return new ExportStatistics(
                clients.get(),
                connections.sum(),
                reads.sum(),
                writes.sum(),
                others.sum(),
                errors.sum(),
                bytesRead.sum(),
                bytesWritten.sum(),
                latency());
    }

    private void time(long nanos) {
        times.incrementAndGet(bucket(Math.max(1, nanos)));
    }

    private ExportStatistics.Latency latency() {
        long[] counts = new long[BUCKETS];
        long total = 0;
        for (int i = 0; i < BUCKETS; i++) {
            counts[i] = times.get(i);
            total += counts[i];
        }
        return new ExportStatistics.Latency(
                quantile(counts, (total + 1) / 2),
                quantile(counts, total - total / 20),
                quantile(counts, total - total / 100),
                quantile(counts, total));
    }

    /** What the first {@code rank} times do not exceed. */
    private static Duration quantile(long[] counts, long rank) {
        long seen = 0;
        for (int i = 0; rank > 0 && i < BUCKETS; i++) {
            seen += counts[i];
            if (seen >= rank) {
                return Duration.ofNanos(top(i));
            }
        }
        return Duration.ZERO;
    }

    static int bucket(long nanos) {
        int shift = Math.max(0, 63 - FRACTION_BITS - Long.numberOfLeadingZeros(nanos));
        return (shift << FRACTION_BITS) + (int) (nanos >>> shift);
    }

    /** The longest time of a bucket. */
    static long top(int bucket) {
        int shift = Math.max(0, (bucket >>> FRACTION_BITS) - 1);
        long fraction = bucket - ((long) shift << FRACTION_BITS);
        return (fraction + 1 << shift) - 1;
    }
}
