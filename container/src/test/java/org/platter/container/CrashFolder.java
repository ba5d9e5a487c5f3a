// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.platter.storage.Storage;
import org.platter.testkit.CrashClock;
import org.platter.testkit.CrashClock.Survival;
import org.platter.testkit.CrashStorage;
import org.platter.testkit.MemoryStorage;

/**
 * Files in memory of which it can be found out what a loss of power leaves, names included. As with real
 * files, deleting and renaming are durable; files made since the last flush of any file are there or not.
 */
final class CrashFolder extends MemoryProvider {
    private record Names(int tick, boolean durable, Map<String, CrashStorage> files) {}

    private final CrashClock clock;
    private final List<Names> history = new ArrayList<>();

    /** Starts with copies of these files, which are durable. */
    CrashFolder(Map<String, MemoryStorage> files) throws IOException {
        this(files, new CrashClock());
    }

    private CrashFolder(Map<String, MemoryStorage> files, CrashClock clock) throws IOException {
        super(storage -> new CrashStorage((MemoryStorage) storage, clock));
        this.clock = clock;
        for (Map.Entry<String, MemoryStorage> file : files.entrySet()) {
            put(file.getKey(), file.getValue().copy());
            super.open(uri(file.getKey()), Set.of()).close();
        }
        note(false);
    }

    private void note(boolean durable) {
        clock.pass();
        Map<String, CrashStorage> files = new HashMap<>();
        wrapped().forEach((name, storage) -> files.put(name, (CrashStorage) storage));
        history.add(new Names(clock.now(), durable, files));
    }

    /** How much has happened. */
    int now() {
        return clock.now();
    }

    /** The files that are there when power comes back after a loss at {@code tick}. */
    Map<String, MemoryStorage> crash(int tick, Survival survival) throws IOException {
        int last = at(tick);
        int surely = at(clock.lastFlush(tick));
        for (int i = surely; i <= last; i++) {
            surely = history.get(i).durable() ? i : surely;
        }
        int names = switch (survival.luck()) {
            case NONE -> surely;
            case SOME -> surely + new Random(survival.seed()).nextInt(last - surely + 1);
            case ALL -> last;
        };
        return clock.crash(history.get(names).files(), tick, survival);
    }

    /** Which names there were at a tick. */
    private int at(int tick) {
        int index = history.size() - 1;
        while (index > 0 && history.get(index).tick() > tick) {
            index--;
        }
        return index;
    }

    @Override
    public synchronized Storage open(URI location, Set<Mode> modes) throws IOException {
        Storage storage = super.open(location, modes);
        if (modes.contains(Mode.CREATE)) {
            note(false);
        }
        return storage;
    }

    @Override
    public synchronized void delete(URI location) throws IOException {
        super.delete(location);
        note(true);
    }

    @Override
    public synchronized void move(URI from, URI to) throws IOException {
        super.move(from, to);
        note(true);
    }

    @Override
    public synchronized void replace(URI from, URI to) throws IOException {
        super.replace(from, to);
        note(true);
    }
}
