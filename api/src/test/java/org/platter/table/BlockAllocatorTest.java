// SPDX-License-Identifier: Apache-2.0
package org.platter.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.table.BlockAllocator.Places;

class BlockAllocatorTest {
    private static final long MOST = BlockAllocator.MOST;

    private final BlockAllocator places = new BlockAllocator();

    private static Optional<Places> at(long from, long to) {
        return Optional.of(new Places(from, to));
    }

    @Test
    void aliasesAreToldWhenTheTableIsRead() {
        assertTrue(places.use(2, 4));
        assertFalse(places.use(3, 4));
        assertFalse(places.use(0, 9));
        assertTrue(places.use(9, 10));
        assertTrue(places.uses(9, 10));
        assertFalse(places.uses(10, MOST));
        assertEquals(10, places.end());
    }

    @Test
    void theLowestRowThatIsLongEnoughIsHandedOut() {
        places.use(0, 1);
        places.use(2, 3);
        places.use(8, 9);
        assertEquals(at(3, 7), places.reserve(1, 2, 4, 0, MOST));
        assertEquals(at(1, 2), places.reserve(2, 1, 10, 0, MOST));
        assertEquals(at(7, 8), places.reserve(3, 1, 1, 0, MOST));
        assertEquals(at(9, 19), places.reserve(4, 1, 10, 0, MOST));
    }

    @Test
    void floorAndLimitHold() {
        places.use(0, 2);
        assertEquals(at(5, 6), places.reserve(1, 1, 1, 5, 6));
        assertEquals(Optional.empty(), places.reserve(2, 1, 1, 5, 6));
        assertEquals(at(2, 4), places.reserve(3, 2, 100, 0, 5));
        assertEquals(Optional.empty(), places.reserve(4, 2, 2, 0, 5));
        assertEquals(at(4, 5), places.reserve(4, 1, 1, 0, 5));
        assertEquals(Optional.empty(), places.take(1, 2));
        assertEquals(Optional.empty(), new BlockAllocator().take(MOST + 1, Long.MAX_VALUE));
    }

    @Test
    void whoeverFailedGetsTheSameAgain() {
        assertEquals(at(0, 4), places.reserve(7, 1, 4, 0, MOST));
        assertEquals(at(4, 5), places.reserve(8, 1, 1, 0, MOST));
        assertEquals(at(0, 2), places.reserve(7, 1, 2, 0, MOST));
        assertEquals(at(5, 6), places.reserve(7, 1, 1, 5, MOST), "what lies below the floor is no answer");
        places.name(8, 4, 5);
        assertEquals(at(6, 7), places.reserve(8, 1, 1, 0, MOST), "what is named is no answer");
    }

    @Test
    void onlyReservedPlacesAreNamed() {
        places.use(0, 1);
        places.reserve(1, 1, 3, 0, MOST);
        assertThrows(IllegalArgumentException.class, () -> places.name(1, 0, 2));
        assertThrows(IllegalArgumentException.class, () -> places.name(1, -1, 2));
        assertThrows(IllegalArgumentException.class, () -> places.name(1, MOST, MOST + 1));
        places.name(1, 2, 3);
        assertThrows(IllegalArgumentException.class, () -> places.name(1, 1, 3));
        assertFalse(places.reserved(1, 3));
        places.name(1, 1, 2);
    }

    @Test
    void whatIsLetGoIsFreeAfterTheCommitOnly() {
        places.use(0, 2);
        places.release(0, 1);
        assertTrue(places.hasReleased());
        assertEquals(at(2, 3), places.reserve(1, 1, 1, 0, MOST));
        places.giveBack();
        assertEquals(at(2, 3), places.reserve(2, 1, 1, 0, MOST), "nobody has ever named it");
        assertEquals(List.of(new Places(0, 1)), places.settle());
        assertEquals(at(0, 1), places.reserve(3, 1, 1, 0, MOST));
        assertEquals(List.of(), places.settle());
    }

    /** A hole is punched for what is free then, not for what has been handed out again meanwhile. */
    @Test
    void whatWasHandedOutAgainIsNotToldAsFree() {
        places.reserve(1, 1, 3, 0, MOST);
        places.giveBack();
        assertTrue(places.hasVacated());
        places.reserve(2, 1, 1, 0, MOST);
        assertEquals(List.of(new Places(1, 3)), places.settle());
        assertFalse(places.hasVacated());
    }

    @Test
    void aWatcherLearnsWhatWasOnItsWay() {
        places.use(0, 10);
        places.release(1, 2);
        places.reserve(1, 1, 1, 0, MOST);
        assertFalse(places.touched(0, MOST));
        places.watch();
        places.release(5, 6);
        places.reserve(2, 1, 1, 0, MOST);
        assertTrue(places.touched(1, 2));
        assertTrue(places.touched(10, 11));
        assertTrue(places.touched(5, 6));
        assertTrue(places.touched(11, 12));
        assertFalse(places.touched(2, 5));
        places.unwatch();
        assertFalse(places.touched(0, MOST));
    }

    /** What the file names and what has just been handed out never overlap, whatever happens in whatever order. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void noPlaceIsHandedOutWhileAnyTableNamesIt(long seed) {
        Random random = new Random(seed);
        Map<Integer, Places> memory = new HashMap<>(); // the table as it is now
        Map<Integer, Places> file = new HashMap<>(); // the table that counts after a crash
        for (int step = 0; step < 4000; step++) {
            int unit = random.nextInt(40);
            int row = 1 << random.nextInt(3);
            switch (random.nextInt(8)) {
                case 0 -> {
                    places.giveBack();
                    file = new HashMap<>(memory);
                    List<Places> freed = places.settle();
                    memory.values()
                            .forEach(each -> assertTrue(freed.stream()
                                    .allMatch(free -> free.to() <= each.from() || each.to() <= free.from())));
                }
                case 1 ->
                    Optional.ofNullable(memory.remove(unit)).ifPresent(each -> places.release(each.from(), each.to()));
                default -> {
                    Places made = places.reserve(unit, row, row, 0, 400).orElseThrow();
                    file.values().forEach(each -> assertTrue(each.to() <= made.from() || made.to() <= each.from()));
                    memory.values().forEach(each -> assertTrue(each.to() <= made.from() || made.to() <= each.from()));
                    if (random.nextBoolean()) {
                        places.name(unit, made.from(), made.to());
                        Optional.ofNullable(memory.put(unit, made))
                                .ifPresent(each -> places.release(each.from(), each.to()));
                    }
                }
            }
        }
        memory.values().forEach(each -> places.release(each.from(), each.to()));
        places.giveBack();
        places.settle();
        assertEquals(0, places.end(), "nothing is lost");
    }
}
