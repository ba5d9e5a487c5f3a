// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.platter.testkit.CrashClock.Survival;

class CrashStorageTest {
    private final CrashClock clock = new CrashClock();
    private final MemoryStorage below = MemoryStorage.named("m");
    private final CrashStorage storage = new CrashStorage(below, clock);

    private static ByteBuffer sectors(int count, int value) {
        byte[] bytes = new byte[count * 512];
        java.util.Arrays.fill(bytes, (byte) value);
        return ByteBuffer.wrap(bytes);
    }

    private String after(int tick, Survival survival) throws IOException {
        byte[] bytes = clock.crash(storage, tick, survival).bytes();
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < bytes.length; at += 512) {
            text.append(bytes[at]);
        }
        return text.toString();
    }

    @Test
    void whatWasFlushedIsThereAndTheRestAsLuckWillHaveIt() throws IOException {
        storage.write(sectors(2, 1), 0);
        storage.flush();
        storage.write(sectors(2, 2), 512);
        assertEquals(3, clock.now());
        assertEquals("11", after(3, Survival.NOTHING));
        assertEquals("122", after(3, Survival.EVERYTHING));
        assertEquals("", after(1, Survival.NOTHING));
        assertEquals("11", after(1, Survival.EVERYTHING));
        assertEquals("", after(0, Survival.EVERYTHING));
    }

    @Test
    void sectorsSurviveOneByOne() throws IOException {
        storage.resize(512 * 3);
        storage.flush();
        storage.write(sectors(3, 1), 0);
        Set<String> seen = new HashSet<>();
        for (int seed = 0; seed < 200; seed++) {
            seen.add(after(clock.now(), Survival.some(seed)));
        }
        assertEquals(Set.of("000", "001", "010", "011", "100", "101", "110", "111"), seen);
    }

    @Test
    void laterWriteMaySurviveWithoutTheEarlierOne() throws IOException {
        storage.resize(1024);
        storage.flush();
        storage.write(sectors(1, 1), 0);
        storage.write(sectors(1, 2), 512);
        Set<String> seen = new HashSet<>();
        for (int seed = 0; seed < 100; seed++) {
            seen.add(after(clock.now(), Survival.some(seed)));
        }
        assertTrue(seen.contains("02"), seen::toString);
    }

    @Test
    void flushOfOneStorageSaysNothingOfAnother() throws IOException {
        CrashStorage other = new CrashStorage(MemoryStorage.named("o"), clock);
        storage.write(sectors(1, 1), 0);
        other.flush();
        Map<String, MemoryStorage> left = clock.crash(Map.of("m", storage, "o", other), clock.now(), Survival.NOTHING);
        assertEquals(0, left.get("m").size());
    }

    @Test
    void cutsAndZeroesAreChangesToo() throws IOException {
        storage.write(sectors(3, 1), 0);
        storage.flush();
        storage.zero(0, 512);
        storage.resize(1024);
        assertEquals("111", after(clock.now(), Survival.NOTHING));
        assertEquals("01", after(clock.now(), Survival.EVERYTHING));
    }

    @Test
    void contentAtTheStartIsDurableAndTheStorageItselfGoesOn() throws IOException {
        MemoryStorage old = MemoryStorage.of(new byte[] {5});
        CrashStorage resumed = new CrashStorage(old, clock);
        resumed.write(ByteBuffer.wrap(new byte[] {6}), 0);
        assertArrayEquals(
                new byte[] {5},
                clock.crash(resumed, clock.now(), Survival.NOTHING).bytes());
        assertArrayEquals(new byte[] {6}, old.bytes());
    }
}
