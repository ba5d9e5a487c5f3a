// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.platter.export.ExportStatistics;

class CountersTest {
    @Property
    void aBucketsTopIsAtMostAnEighthTooLarge(@ForAll @LongRange(min = 1) long nanos) {
        long top = Counters.top(Counters.bucket(nanos));
        assertTrue(top >= nanos && top - nanos <= nanos / 8, nanos + " in a bucket up to " + top);
    }

    @Test
    void quantilesAreOfAllRequests() {
        Counters counters = new Counters();
        for (int i = 0; i < 98; i++) {
            counters.read(512, 8);
        }
        counters.write(512, 64);
        counters.other(1024);
        ExportStatistics all = counters.snapshot();
        assertEquals(100, all.requests());
        assertEquals(Duration.ofNanos(8), all.latency().median());
        assertEquals(Duration.ofNanos(8), all.latency().p95());
        assertEquals(Duration.ofNanos(71), all.latency().p99());
        assertEquals(Duration.ofNanos(1151), all.latency().max());
    }

    @Test
    void nothingTookNoTime() {
        assertEquals(Duration.ZERO, new Counters().snapshot().latency().max());
    }
}
