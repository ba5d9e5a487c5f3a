// SPDX-License-Identifier: Apache-2.0
package org.platter.table;

import java.io.EOFException;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.annotation.versioning.ProviderType;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/**
 * Unsigned 32-bit entries, kept in a storage in pages and read when they are needed. Memory is bounded by a cache, not
 * by the table: pages that have changed stay until {@link #flush}, the others leave when the cache is full.
 *
 * <p>{@link #get} is called by any number of threads and takes no lock once a page is in memory; {@link #set} and
 * {@link #flush} by one thread at a time, while {@code get} goes on. An entry set is seen by every {@code get} that
 * starts later.
 */
@ProviderType
public final class EntryTable {
    /** How much memory the pages of one table may take unless they are dirty, bytes. */
    public static final long CACHE = 32L << 20;

    private static final VarHandle ENTRY = MethodHandles.arrayElementVarHandle(int[].class);
    private static final int SECTOR_ENTRIES = 512 / Integer.BYTES;

    private final Storage storage;
    private final ByteOrder order;
    private final long entries;
    private final int pageEntries;
    private final Pages pages;
    private final int most;

    private final AtomicReferenceArray<Page> loaded;
    private final Object lock = new Object();
    private final ArrayDeque<Page> clock = new ArrayDeque<>(); // guarded by lock
    private final TreeSet<Integer> dirty = new TreeSet<>(); // guarded by lock
    private long stores; // guarded by lock: how often pages were stored or forgotten

    /** Where pages are. */
    @ConsumerType
    @FunctionalInterface
    public interface Pages {
        /** The position of a page in the storage, or -1 if there is none: its entries are 0. */
        long position(int page) throws IOException;
    }

    /**
     * A table whose pages are anywhere.
     *
     * @param entries how many entries there are
     * @param pageEntries entries of a page, more than 0; the last page may have fewer
     */
    public EntryTable(Storage storage, ByteOrder order, long entries, int pageEntries, Pages pages) {
        this.storage = storage;
        this.order = order;
        this.entries = entries;
        this.pageEntries = pageEntries;
        this.pages = pages;
        most = (int) Math.max(4, CACHE / ((long) pageEntries * Integer.BYTES));
        loaded = new AtomicReferenceArray<>(Math.toIntExact((entries + pageEntries - 1) / pageEntries));
    }

    /** A table in one piece, at {@code position} of the storage. */
    public static EntryTable contiguous(Storage storage, ByteOrder order, long position, long entries) {
        int pageEntries = 1 << 14;
        return new EntryTable(
                storage, order, entries, pageEntries, page -> position + (long) page * pageEntries * Integer.BYTES);
    }

    /** How many entries there are. */
    public long entries() {
        return entries;
    }

    /** The entry at {@code index}, from 0 to {@link #entries()} exclusive. */
    public int get(long index) throws IOException {
        Page page = page((int) (index / pageEntries));
        return (int) ENTRY.getAcquire(page.values, (int) (index % pageEntries));
    }

    /**
     * Where a stretch of equal entries ends: the first index after {@code index} with another entry than that, or
     * {@code end}. Reads the pages that it passes. An entry that is changed meanwhile may count or not.
     */
    public long runEnd(long index, long end) throws IOException {
        if (index + 1 >= end) {
            return end; // most reads ask for a part of one block, of every image of a chain
        }
        int value = get(index);
        for (long at = index; at < end; ) {
            int[] values = page((int) (at / pageEntries)).values;
            int from = (int) (at % pageEntries);
            int to = (int) Math.min(values.length, from + (end - at));
            int same = sameFrom(values, from, to, value);
            at += same;
            if (from + same < to) {
                return at;
            }
        }
        return end;
    }

    private static int sameFrom(int[] values, int from, int to, int value) {
        if (values[from] != value) {
            return 0;
        }
        int step = Arrays.mismatch(values, from, to - 1, values, from + 1, to);
        return step < 0 ? to - from : step + 1;
    }

    /** Changes an entry in memory; the page must have a position by the time of {@link #flush}. */
    public void set(long index, int value) throws IOException {
        int slot = (int) (index % pageEntries);
        ENTRY.setRelease(dirtied((int) (index / pageEntries), slot, slot + 1).values, slot, value);
    }

    /** The page, kept in memory because these entries are about to change. */
    private Page dirtied(int number, int from, int to) throws IOException {
        while (true) {
            Page page = page(number);
            synchronized (lock) {
                if (loaded.get(number) == page) { // else it has left the cache meanwhile
                    page.from = Math.min(page.from, from);
                    page.to = Math.max(page.to, to);
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

    /** Writes changed entries to the storage, which is not flushed. After a failure they still count as changed. */
    public void flush() throws IOException {
        int[] numbers;
        synchronized (lock) {
            numbers = dirty.stream().mapToInt(Integer::intValue).toArray();
        }
        for (int number : numbers) {
            Page page = loaded.get(number);
            store(page);
            synchronized (lock) {
                page.clean();
                dirty.remove(number);
                stores++;
            }
        }
    }

    private void store(Page page) throws IOException {
        int from = page.from / SECTOR_ENTRIES * SECTOR_ENTRIES;
        int to = Math.min(page.values.length, (page.to + SECTOR_ENTRIES - 1) / SECTOR_ENTRIES * SECTOR_ENTRIES);
        ByteBuffer bytes = ByteBuffer.allocate((to - from) * Integer.BYTES).order(order);
        bytes.asIntBuffer().put(page.values, from, to - from);
        storage.write(bytes, pages.position(page.number) + (long) from * Integer.BYTES);
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
            long before = stores();
            Page page = read(number);
            synchronized (lock) {
                Page other = loaded.get(number);
                if (other != null) {
                    return other;
                }
                if (stores != before) {
                    continue; // what was read may be older than what has been stored meanwhile
                }
                evict();
                clock.add(page);
                loaded.set(number, page);
                return page;
            }
        }
    }

    private long stores() {
        synchronized (lock) {
            return stores;
        }
    }

    private Page read(int number) throws IOException {
        int length = (int) Math.min(pageEntries, entries - (long) number * pageEntries);
        Page page = new Page(number, new int[length]);
        long position = pages.position(number);
        if (position >= 0) {
            ByteBuffer bytes = ByteBuffer.allocate(length * Integer.BYTES).order(order);
            try {
                storage.read(bytes, position);
            } catch (EOFException e) {
                throw new DiskException(
                        ErrorCode.CORRUPT,
                        "table: page " + number + " at " + position + " ends behind the file of " + storage.size()
                                + " bytes",
                        e);
            }
            bytes.flip().asIntBuffer().get(page.values);
        }
        return page;
    }

    private void evict() {
        for (int tries = 2 * clock.size(); clock.size() >= most && tries > 0; tries--) {
            Page oldest = clock.remove();
            if (oldest.used || dirty.contains(oldest.number)) {
                oldest.used = false;
                clock.add(oldest);
            } else {
                loaded.set(oldest.number, null);
            }
        }
    }

    /** Forgets what was read of a page that has no changes, because its position has changed. */
    public void forget(int page) {
        synchronized (lock) {
            if (!dirty.contains(page)) {
                Page old = loaded.getAndSet(page, null);
                clock.remove(old);
                stores++;
            }
        }
    }

    /** Sets the entries of a range to one value, in memory. */
    public void fill(long from, long to, int value) throws IOException {
        for (long at = from; at < to; ) {
            int slot = (int) (at % pageEntries);
            int end = (int) Math.min(pageEntries, slot + (to - at));
            Page page = dirtied((int) (at / pageEntries), slot, end);
            at += end - slot;
            while (slot < end) {
                ENTRY.setRelease(page.values, slot++, value);
            }
        }
    }

    private static final class Page {
        final int number;
        final int[] values;
        boolean used; // a hint, raced on purpose
        int from = Integer.MAX_VALUE; // guarded by lock: changed entries, from inclusive to exclusive
        int to;

        Page(int number, int[] values) {
            this.number = number;
            this.values = values;
        }

        void clean() {
            from = Integer.MAX_VALUE;
            to = 0;
        }
    }
}
