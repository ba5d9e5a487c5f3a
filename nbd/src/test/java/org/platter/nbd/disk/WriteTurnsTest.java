// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WriteTurnsTest {
    private final WriteTurns gate = new WriteTurns();
    private final List<String> entered = new ArrayList<>();

    private Runnable note(String name) {
        return () -> entered.add(name);
    }

    @Test
    void manyAreTogether() {
        gate.together(note("a"));
        gate.together(note("b"));
        assertEquals(List.of("a", "b"), entered);
    }

    @Test
    void oneIsAlone() {
        gate.together(note("a"));
        gate.alone(note("b"));
        gate.alone(note("c"));
        assertEquals(List.of("a"), entered);
        gate.leave();
        assertEquals(List.of("a", "b"), entered);
        gate.leave();
        assertEquals(List.of("a", "b", "c"), entered);
    }

    @Test
    void whoComesLaterDoesNotOvertake() {
        gate.together(note("a"));
        gate.alone(note("b"));
        gate.together(note("c"));
        gate.together(note("d"));
        assertEquals(List.of("a"), entered);
        gate.leave();
        gate.leave();
        assertEquals(List.of("a", "b", "c", "d"), entered);
    }

    @Test
    void threadsNeverMeetOneThatIsAlone() throws InterruptedException {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger faults = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        for (int i = 0; i < 20_000; i++) {
            boolean alone = i % 7 == 0;
            Runnable body = () -> threads.execute(() -> {
                int present = inside.addAndGet(alone ? 1000 : 1);
                if (alone ? present != 1000 : present >= 1000) {
                    faults.incrementAndGet();
                }
                inside.addAndGet(alone ? -1000 : -1);
                ended.incrementAndGet();
                gate.leave();
            });
            threads.execute(() -> {
                if (alone) {
                    gate.alone(body);
                } else {
                    gate.together(body);
                }
            });
        }
        while (ended.get() < 20_000) {
            Thread.onSpinWait();
        }
        threads.shutdown();
        assertTrue(threads.awaitTermination(1, TimeUnit.MINUTES));
        assertEquals(0, faults.get());
    }
}
