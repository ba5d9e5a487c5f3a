// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.platter.storage.Storage;

/**
 * The common clock of {@link CrashStorage}s: every change and flush of any of them is one tick. {@link #crash} gives
 * what a storage holds if power is lost after a tick: whatever it had flushed is there, of the rest each sector of
 * {@value #SECTOR} bytes on its own as {@link Survival} says. Changes of size keep their order. Safe for use by many
 * threads.
 */
public final class CrashClock {
    /** The unit that is written whole or not at all, bytes. */
    public static final int SECTOR = 512;

    /** What becomes of bytes that were not flushed. */
    public record Survival(Luck luck, long seed) {
        /** All are lost. */
        public static final Survival NOTHING = new Survival(Luck.NONE, 0);
        /** All are there. */
        public static final Survival EVERYTHING = new Survival(Luck.ALL, 0);

        /** Any of them are there. */
        public static Survival some(long seed) {
            return new Survival(Luck.SOME, seed);
        }
    }

    /** How many unflushed sectors are there. */
    public enum Luck {
        /** None. */
        NONE,
        /** Every one on its own with the same chance. */
        SOME,
        /** All. */
        ALL
    }

    private record Event(CrashStorage storage, Change change) {}

    /** A change to a storage, or a flush. */
    sealed interface Change {
        record Write(long position, byte[] bytes) implements Change {}

        record Zero(long position, long length) implements Change {}

        record Discard(long position, long length) implements Change {}

        record Resize(long size) implements Change {}

        record Flush() implements Change {}

        /** Nothing that a storage knows of. */
        record Other() implements Change {}
    }

    private final List<Event> events = new ArrayList<>(); // guarded by this
    private final Map<CrashStorage, MemoryStorage> starts = new IdentityHashMap<>(); // guarded by this

    /** Ticks so far. */
    public synchronized int now() {
        return events.size();
    }

    /** Something else than a change of a storage has happened, such as one of names: a tick of its own. */
    public synchronized void pass() {
        events.add(new Event(null, new Change.Other()));
    }

    /** The last tick up to {@code tick} at which any storage was flushed, or 0. */
    public synchronized int lastFlush(int tick) {
        int last = tick;
        while (last > 0 && !(events.get(last - 1).change() instanceof Change.Flush)) {
            last--;
        }
        return last;
    }

    synchronized void start(CrashStorage storage, MemoryStorage content) {
        starts.put(storage, content.copy());
    }

    /** The event must become visible and be noted in one step, or a crash would see another order than happened. */
    synchronized void tick(CrashStorage storage, Change change, IoAction action) throws IOException {
        action.run();
        events.add(new Event(storage, change));
    }

    @FunctionalInterface
    interface IoAction {
        void run() throws IOException;
    }

    /** What {@code storage} holds when power comes back after a loss at {@code tick}; a fresh storage. */
    public synchronized MemoryStorage crash(CrashStorage storage, int tick, Survival survival) throws IOException {
        MemoryStorage result = starts.get(storage).copy();
        List<Change> changes = changesOf(storage, tick);
        int durable = changes.lastIndexOf(new Change.Flush()) + 1;
        for (Change change : changes.subList(0, durable)) {
            apply(result, change);
        }
        survive(result, changes.subList(durable, changes.size()), survival);
        return result;
    }

    private List<Change> changesOf(CrashStorage storage, int tick) {
        return events.subList(0, tick).stream()
                .filter(event -> event.storage() == storage)
                .map(Event::change)
                .toList();
    }

    private static void survive(MemoryStorage result, List<Change> changes, Survival survival) throws IOException {
        Random random = new Random(survival.seed());
        long sizeChanges =
                changes.stream().filter(Change.Resize.class::isInstance).count();
        long sizesKept = switch (survival.luck()) {
            case NONE -> 0;
            case SOME -> random.nextInt((int) sizeChanges + 1);
            case ALL -> sizeChanges;
        };
        for (Change change : changes) {
            if (change instanceof Change.Resize) {
                if (sizesKept-- > 0) {
                    apply(result, change);
                }
            } else if (survival.luck() == Luck.ALL) {
                apply(result, change);
            } else if (survival.luck() == Luck.SOME) {
                applySome(result, change, random);
            }
        }
    }

    private static void applySome(MemoryStorage result, Change change, Random random) throws IOException {
        if (!(change instanceof Change.Write write)) {
            if (random.nextBoolean()) {
                apply(result, change);
            }
            return;
        }
        boolean all = random.nextInt(3) == 0; // whole writes survive more often than chance for each sector would say
        for (int from = 0; from < write.bytes().length; ) {
            int count = (int) Math.min(SECTOR - (write.position() + from) % SECTOR, write.bytes().length - from);
            if (all || random.nextBoolean()) {
                result.write(ByteBuffer.wrap(write.bytes(), from, count), write.position() + from);
            }
            from += count;
        }
    }

    private static void apply(Storage target, Change change) throws IOException {
        if (change instanceof Change.Write write) {
            target.write(ByteBuffer.wrap(write.bytes()), write.position());
        } else if (change instanceof Change.Zero zero) {
            target.zero(zero.position(), zero.length());
        } else if (change instanceof Change.Discard discard) {
            target.discard(discard.position(), discard.length());
        } else if (change instanceof Change.Resize resize) {
            target.resize(resize.size());
        }
    }

    /** {@link #crash} for all storages at once, under the names given. */
    public Map<String, MemoryStorage> crash(Map<String, CrashStorage> storages, int tick, Survival survival)
            throws IOException {
        Map<String, MemoryStorage> result = new HashMap<>();
        for (Map.Entry<String, CrashStorage> entry : storages.entrySet()) {
            Survival own = new Survival(
                    survival.luck(), survival.seed() ^ entry.getKey().hashCode());
            result.put(entry.getKey(), crash(entry.getValue(), tick, own));
        }
        return result;
    }
}
