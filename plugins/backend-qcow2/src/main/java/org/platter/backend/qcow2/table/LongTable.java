// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.table;

import java.io.EOFException;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/**
 * Big-endian 64-bit entries, kept in a storage in pages and read when they are needed. Memory is bounded by a cache, not
 * by the table: pages that have changed stay until {@link #flush}, the others leave when the cache is full.
 *
 * <p>{@link #get} is called by any number of threads and takes no lock once a page is in memory; everything else by one
 * thread at a time, while {@code get} goes on. An entry set is seen by every {@code get} that starts later.
 */
public final class LongTable {
    /** How much memory the pages of one table may take unless they are dirty, bytes. */
    static final long CACHE = 32L << 20;

    private static final VarHandle ENTRY = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int SECTOR_ENTRIES = 512 / Long.BYTES;
    private static final int CHUNK = 1 << 12;

    private final Storage storage;
    private final String name;
    private final long entries;
    private final int pageEntries;
    private final Pages pages;
    private final int most;

    private final AtomicReferenceArray<AtomicReferenceArray<Page>> loaded; // chunks come when they are needed
    private final Object lock = new Object();
    private final ArrayDeque<Page> clock = new ArrayDeque<>(); // guarded by lock
    private final TreeSet<Integer> dirty = new TreeSet<>(); // guarded by lock
    private long moves; // guarded by lock: how often pages were stored, forgotten or moved

    /** Where pages are. */
    @FunctionalInterface
    public interface Pages {
        /** The position of a page in the storage, or -1 if there is none: its entries are 0. */
        long position(int page) throws IOException;
    }

    /**
     * A table whose pages are anywhere.
     *
     * @param name for messages
     * @param pageEntries entries of a page, more than 0; the last page may have fewer
     */
    public LongTable(Storage storage, String name, long entries, int pageEntries, Pages pages) {
        this.storage = storage;
        this.name = name;
        this.entries = entries;
        this.pageEntries = pageEntries;
        this.pages = pages;
        most = (int) Math.max(4, CACHE / ((long) pageEntries * Long.BYTES));
        int count = Math.toIntExact((entries + pageEntries - 1) / pageEntries);
        loaded = new AtomicReferenceArray<>(count / CHUNK + 1);
    }

    /** A table in one piece, at {@code position} of the storage. */
    public static LongTable contiguous(Storage storage, String name, long position, long entries) {
        int pageEntries = 1 << 13;
        return new LongTable(
                storage, name, entries, pageEntries, page -> position + (long) page * pageEntries * Long.BYTES);
    }

    /** How many entries there are. */
    public long entries() {
        return entries;
    }

    /** The entry at {@code index}, from 0 to {@link #entries()} exclusive. */
    public long get(long index) throws IOException {
        Page page = page((int) (index / pageEntries));
        return (long) ENTRY.getAcquire(page.values, (int) (index % pageEntries));
    }

    /** Changes an entry in memory; the page must have a position by the time of {@link #flush}. */
    public void set(long index, long value) throws IOException {
        int slot = (int) (index % pageEntries);
        ENTRY.setRelease(dirtied((int) (index / pageEntries), slot).values, slot, value);
    }

    /** The page, kept in memory because this entry is about to change. */
    private Page dirtied(int number, int slot) throws IOException {
        while (true) {
            Page page = page(number);
            synchronized (lock) {
                if (loaded(number) == page) { // else it has left the cache meanwhile
                    page.from = Math.min(page.from, slot);
                    page.to = Math.max(page.to, slot + 1);
                    dirty.add(number);
                    return page;
                }
            }
        }
    }

    /** True if entries have changed since the last {@link #flush}. */
    public boolean changed() {
        synchronized (lock) {
            return !dirty.isEmpty();
        }
    }

    /** Memory of pages that have changed, bytes. */
    public long changedBytes() {
        synchronized (lock) {
            return (long) dirty.size() * pageEntries * Long.BYTES;
        }
    }

    /** Writes changed entries to the storage, which is not flushed. After a failure they still count as changed. */
    public void flush() throws IOException {
        int[] numbers;
        synchronized (lock) {
            numbers = dirty.stream().mapToInt(Integer::intValue).toArray();
        }
        for (int number : numbers) {
            Page page = loaded(number);
            store(page);
            synchronized (lock) {
                page.clean();
                dirty.remove(number);
                moves++;
            }
        }
    }

    private void store(Page page) throws IOException {
        int from = page.from / SECTOR_ENTRIES * SECTOR_ENTRIES;
        int to = Math.min(page.values.length, (page.to + SECTOR_ENTRIES - 1) / SECTOR_ENTRIES * SECTOR_ENTRIES);
        ByteBuffer bytes = ByteBuffer.allocate((to - from) * Long.BYTES);
        bytes.asLongBuffer().put(page.values, from, to - from);
        storage.write(bytes, pages.position(page.number) + (long) from * Long.BYTES);
    }

    private Page loaded(int number) {
        AtomicReferenceArray<Page> chunk = loaded.getAcquire(number / CHUNK);
        return chunk == null ? null : chunk.getAcquire(number % CHUNK);
    }

    private void loaded(int number, Page page) { // under lock
        AtomicReferenceArray<Page> chunk = loaded.get(number / CHUNK);
        if (chunk == null) {
            chunk = new AtomicReferenceArray<>(CHUNK);
            loaded.set(number / CHUNK, chunk);
        }
        chunk.set(number % CHUNK, page);
    }

    private Page page(int number) throws IOException {
        Page page = loaded(number);
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
            long before = moves();
            Page page = read(number);
            synchronized (lock) {
                Page other = loaded(number);
                if (other != null) {
                    return other;
                }
                if (moves != before) {
                    continue; // what was read may be older than what has been stored meanwhile
                }
                evict();
                clock.add(page);
                loaded(number, page);
                return page;
            }
        }
    }

    private long moves() {
        synchronized (lock) {
            return moves;
        }
    }

    private Page read(int number) throws IOException {
        int length = (int) Math.min(pageEntries, entries - (long) number * pageEntries);
        Page page = new Page(number, new long[length]);
        long position = pages.position(number);
        if (position >= 0) {
            ByteBuffer bytes = ByteBuffer.allocate(length * Long.BYTES);
            try {
                storage.read(bytes, position);
            } catch (EOFException e) {
                throw new DiskException(
                        ErrorCode.CORRUPT,
                        name + ": " + bytes.capacity() + " bytes at " + position + " end behind the file of "
                                + storage.size() + " bytes",
                        e);
            }
            bytes.flip().asLongBuffer().get(page.values);
        }
        return page;
    }

    private void evict() { // under lock
        for (int tries = 2 * clock.size(); clock.size() >= most && tries > 0; tries--) {
            Page oldest = clock.remove();
            if (oldest.used || dirty.contains(oldest.number)) {
                oldest.used = false;
                clock.add(oldest);
            } else {
                loaded(oldest.number, null);
            }
        }
    }

    /** Pages have another position now, and the same content there: what is being read at the old one is read anew. */
    public void moved() {
        synchronized (lock) {
            moves++;
        }
    }

    /** Forgets pages and their changes, because they have no position any more. */
    public void drop(int from, int to) {
        synchronized (lock) {
            moves++;
            for (int number = from; number < to; number++) {
                Page old = loaded(number);
                if (old != null) {
                    loaded(number, null);
                    clock.remove(old);
                    dirty.remove(number);
                }
            }
        }
    }

    private static final class Page {
        final int number;
        final long[] values;
        boolean used; // a hint, raced on purpose
        int from = Integer.MAX_VALUE; // guarded by lock: changed entries, from inclusive to exclusive
        int to;

        Page(int number, long[] values) {
            this.number = number;
            this.values = values;
        }

        void clean() {
            from = Integer.MAX_VALUE;
            to = 0;
        }
    }
}
