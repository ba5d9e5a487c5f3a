// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx.table;

import java.io.EOFException;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/**
 * 64-bit little-endian entries, kept in a storage in pages and read when they are needed. Memory is bounded by a cache,
 * not by the table: pages that have changed stay until {@link #clean}, the others leave when the cache is full. What has
 * changed is handed out in sectors, so that a log can store it.
 *
 * <p>{@link #get} is for any number of threads and takes no lock once a page is in memory; the rest is for one thread at
 * a time, while {@code get} goes on.
 */
public final class LongTable {
    /** Bytes of what is stored at once. */
    public static final int SECTOR = 4096;

    private static final VarHandle ENTRY = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int PAGE = 8192; // entries
    private static final int SECTORS = PAGE * Long.BYTES / SECTOR;
    private static final int SECTOR_ENTRIES = SECTOR / Long.BYTES;
    private static final int MOST = 512; // pages: 32 MiB

    private final Storage storage;
    private final long entries;
    private final Pages places;
    private final AtomicReferenceArray<Page> loaded;
    private final Object lock = new Object();
    private final ArrayDeque<Page> clock = new ArrayDeque<>(); // guarded by lock
    private final TreeMap<Integer, BitSet> dirty = new TreeMap<>(); // guarded by lock: changed sectors of pages
    private long turns; // guarded by lock: how often pages were cleaned or forgotten

    /** Where pages of 64 KiB are. */
    @FunctionalInterface
    public interface Pages {
        /** The position of a page in the storage, or -1 if there is none: its entries are 0. */
        long position(int page) throws IOException;
    }

    private static final class Page {
        final int number;
        final long[] values;
        boolean used; // a hint, raced on purpose

        Page(int number, long[] values) {
            this.number = number;
            this.values = values;
        }
    }

    /** A table of so many entries, a multiple of 512, whose pages are anywhere. */
    public LongTable(Storage storage, long entries, Pages places) {
        this.storage = storage;
        this.entries = entries;
        this.places = places;
        loaded = new AtomicReferenceArray<>(Math.toIntExact((entries + PAGE - 1) / PAGE));
    }

    /** The entry at {@code index}. */
    public long get(long index) throws IOException {
        return (long) ENTRY.getAcquire(page((int) (index / PAGE)).values, (int) (index % PAGE));
    }

    /** Changes an entry in memory. */
    public void set(long index, long value) throws IOException {
        int number = (int) (index / PAGE);
        int slot = (int) (index % PAGE);
        while (true) {
            Page page = page(number);
            synchronized (lock) {
                if (loaded.get(number) == page) { // else it has left the cache meanwhile
                    dirty.computeIfAbsent(number, key -> new BitSet()).set(slot / SECTOR_ENTRIES);
                    ENTRY.setRelease(page.values, slot, value);
                    return;
                }
            }
        }
    }

    /** How many pages must stay in memory because they have changed. */
    public int dirtyPages() {
        synchronized (lock) {
            return dirty.size();
        }
    }

    /** Adds the changed sectors to {@code target}, by position; not those of pages without one. */
    public void changes(Map<Long, byte[]> target) throws IOException {
        TreeMap<Integer, BitSet> now;
        synchronized (lock) {
            now = new TreeMap<>(dirty);
        }
        for (Map.Entry<Integer, BitSet> each : now.entrySet()) {
            Page page = loaded.get(each.getKey());
            long position = places.position(page.number);
            for (int sector = each.getValue().nextSetBit(0);
                    sector >= 0 && position >= 0;
                    sector = each.getValue().nextSetBit(sector + 1)) {
                ByteBuffer bytes = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
                bytes.asLongBuffer().put(page.values, sector * SECTOR_ENTRIES, SECTOR_ENTRIES);
                target.put(position + (long) sector * SECTOR, bytes.array());
            }
        }
    }

    /** All changes are in the storage now. */
    public void clean() {
        synchronized (lock) {
            dirty.clear();
            turns++;
        }
    }

    /** Forgets what was read of a page without changes, because its position has changed. */
    public void forget(int number) {
        synchronized (lock) {
            if (!dirty.containsKey(number)) {
                clock.remove(loaded.getAndSet(number, null));
                turns++;
            }
        }
    }

    /** How many entries there are. */
    public long entries() {
        return entries;
    }

    private Page page(int number) throws IOException {
        Page page = loaded.getAcquire(number);
        if (page == null) {
            page = load(number);
        }
        if (!page.used) {
            page.used = true;
        }
        return page;
    }

    private Page load(int number) throws IOException {
        while (true) {
            long before;
            synchronized (lock) {
                before = turns;
            }
            Page page = read(number);
            synchronized (lock) {
                if (loaded.get(number) != null) {
                    return loaded.get(number);
                }
                if (turns == before) { // else what was read may be older than what has been stored meanwhile
                    evict();
                    clock.add(page);
                    loaded.set(number, page);
                    return page;
                }
            }
        }
    }

    private Page read(int number) throws IOException {
        int length = (int) Math.min(PAGE, entries - (long) number * PAGE);
        Page page = new Page(number, new long[length]);
        long position = places.position(number);
        if (position >= 0) {
            ByteBuffer bytes = ByteBuffer.allocate(length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            try {
                storage.read(bytes, position);
            } catch (EOFException e) {
                throw new DiskException(
                        ErrorCode.CORRUPT, "table: page " + number + " at " + position + " ends behind the file", e);
            }
            bytes.flip().asLongBuffer().get(page.values);
        }
        return page;
    }

    private void evict() {
        for (int tries = 2 * clock.size(); clock.size() >= MOST && tries > 0; tries--) {
            Page oldest = clock.remove();
            if (oldest.used || dirty.containsKey(oldest.number)) {
                oldest.used = false;
                clock.add(oldest);
            } else {
                loaded.set(oldest.number, null);
            }
        }
    }
}
