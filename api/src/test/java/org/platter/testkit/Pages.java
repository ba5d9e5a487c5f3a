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

    private final ConcurrentSkipListMap<Long, byte[]> pages = new ConcurrentSkipListMap<>();
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private volatile long size; // changed under the lock, and by growing writers under this

    boolean read(ByteBuffer dst, long position) {
        lock.readLock().lock();
        try {
            if (position > size - dst.remaining()) {
                return false;
            }
            for (long at = position; dst.hasRemaining(); ) {
                int from = (int) (at % PAGE);
                int count = Math.min(dst.remaining(), PAGE - from);
                byte[] page = pages.get(at / PAGE);
                dst.put(page == null ? ZEROES : page, from, count);
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
                src.get(pages.computeIfAbsent(at / PAGE, n -> new byte[PAGE]), from, count);
                at += count;
            }
            grow(at);
        } finally {
            lock.readLock().unlock();
        }
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
        byte[] page = from < to ? pages.get(number) : null;
        if (page != null) {
            Arrays.fill(page, from, to, (byte) 0);
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

    Pages copy() {
        lock.writeLock().lock();
        try {
            Pages copy = new Pages();
            pages.forEach((number, bytes) -> copy.pages.put(number, bytes.clone()));
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
        for (Map.Entry<Long, byte[]> entry : pages.entrySet()) {
            if (!Arrays.equals(entry.getValue(), other.pages.getOrDefault(entry.getKey(), ZEROES))) {
                return false;
            }
        }
        return true;
    }

    private static final byte[] ZEROES = new byte[PAGE];
}
