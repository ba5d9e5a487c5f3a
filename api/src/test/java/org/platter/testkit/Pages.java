// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The sparse content of a {@link MemoryStorage}. Transfers share the lock, so that those of ranges that do not overlap
 * go on side by side; what takes pages away or cuts the end has it alone.
 */
final class Pages {
    private static final int PAGE = MemoryStorage.PAGE;

    private static final byte[] ZEROES = new byte[PAGE];

    private final ConcurrentSkipListMap<Long, Page> pages;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private volatile long size; // changed under the lock, and by growing writers under this

    Pages() {
        this(new ConcurrentSkipListMap<>());
    }

    private Pages(ConcurrentSkipListMap<Long, Page> pages) {
        this.pages = pages;
    }

    boolean read(ByteBuffer dst, long position) {
        lock.readLock().lock();
        try {
            if (position > size - dst.remaining()) {
                return false;
            }
            for (long at = position; dst.hasRemaining(); ) {
                int from = (int) (at % PAGE);
                int count = Math.min(dst.remaining(), PAGE - from);
                Page page = pages.get(at / PAGE);
                dst.put(page == null ? ZEROES : page.bytes, from, count);
                at += count;
            }
            return true;
        } finally {
            lock.readLock().unlock();
        }
    }

    void write(ByteBuffer src, long position) {
        lock.readLock().lock();
        try {
            long at = position;
            while (src.hasRemaining()) {
                int from = (int) (at % PAGE);
                int count = Math.min(src.remaining(), PAGE - from);
                src.get(own(at / PAGE).bytes, from, count);
                at += count;
            }
            grow(at);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** The page, made or copied if it is missing or shared; other writers get the same one. */
    private Page own(long number) {
        Page page = pages.get(number);
        if (page != null && page.owner == this) {
            return page;
        }
        return pages.compute(number, (n, old) -> {
            if (old == null) {
                return new Page(this, new byte[PAGE]);
            }
            return old.owner == this ? old : new Page(this, old.bytes.clone());
        });
    }

    private synchronized void grow(long end) {
        size = Math.max(size, end);
    }

    long size() {
        return size;
    }

    void resize(long bytes) {
        lock.writeLock().lock();
        try {
            if (bytes < size) {
                clear(bytes, size);
            }
            size = bytes;
        } finally {
            lock.writeLock().unlock();
        }
    }

    void zero(long position, long length, boolean grows) {
        lock.writeLock().lock();
        try {
            clear(position, Math.min(position + length, size));
            size = grows ? Math.max(size, position + length) : size;
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Also clears the part of the last page behind the end, so that a page never holds stale bytes there. */
    private void clear(long from, long to) {
        if (from >= to) {
            return;
        }
        long end = to == size ? (to + PAGE - 1) / PAGE * PAGE : to;
        long firstWhole = (from + PAGE - 1) / PAGE;
        long pastWhole = end / PAGE;
        if (firstWhole > pastWhole) {
            clearPart(from / PAGE, (int) (from % PAGE), (int) (end % PAGE));
            return;
        }
        clearPart(firstWhole - 1, (int) (PAGE - (firstWhole * PAGE - from)), PAGE);
        clearPart(pastWhole, 0, (int) (end % PAGE));
        pages.subMap(firstWhole, pastWhole).clear();
    }

    private void clearPart(long number, int from, int to) {
        if (from < to && pages.containsKey(number)) {
            Arrays.fill(own(number).bytes, from, to, (byte) 0);
        }
    }

    long nextData(long position) {
        Long page = pages.ceilingKey(position / PAGE);
        return page == null
                ? Math.max(position, size)
                : Math.min(Math.max(position, page * PAGE), Math.max(position, size));
    }

    long nextHole(long position) {
        long at = position;
        while (at < size && pages.containsKey(at / PAGE)) {
            at = (at / PAGE + 1) * PAGE;
        }
        return Math.min(at, Math.max(position, size));
    }

    long allocated() {
        return (long) pages.size() * PAGE;
    }

    /** Copies no bytes: both share the pages until one of them writes there. */
    Pages copy() {
        lock.writeLock().lock();
        try {
            pages.values().forEach(page -> page.owner = null);
            Pages copy = new Pages(new ConcurrentSkipListMap<>(pages));
            copy.size = size;
            return copy;
        } finally {
            lock.writeLock().unlock();
        }
    }

    boolean sameBytes(Pages other) {
        return size == other.size && within(other) && other.within(this);
    }

    private boolean within(Pages other) {
        for (Map.Entry<Long, Page> entry : pages.entrySet()) {
            Page theirs = other.pages.get(entry.getKey());
            byte[] bytes = theirs == null ? ZEROES : theirs.bytes;
            if (bytes != entry.getValue().bytes && !Arrays.equals(entry.getValue().bytes, bytes)) {
                return false;
            }
        }
        return true;
    }

    private static final class Page {
        final byte[] bytes;
        Pages owner; // who may write; guarded by the owner's lock, null once the page is shared

        Page(Pages owner, byte[] bytes) {
            this.owner = owner;
            this.bytes = bytes;
        }
    }
}
