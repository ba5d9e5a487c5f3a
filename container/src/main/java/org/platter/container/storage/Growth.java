// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Keeps writes that grow a file apart from changes of its size, which would undo or overwrite them. Writes inside what
 * is known to exist take no lock. Safe for use by many threads.
 */
final class Growth {
    private final AtomicLong known = new AtomicLong();
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    /** True if the file is known to reach as far as {@code end}. */
    boolean covers(long end) {
        return end <= known.get();
    }

    /** Tells how far the file reaches. */
    void reached(long end) {
        known.accumulateAndGet(end, Math::max);
    }

    /** Starts a write that may grow the file. */
    void beginWrite() {
        lock.readLock().lock();
    }

    /** Ends it; {@code end} is how far the file is known to reach now. */
    void endWrite(long end) {
        reached(end);
        lock.readLock().unlock();
    }

    /** Starts a change of the size; what is beyond {@code size} is no longer known to exist. */
    void beginResize(long size) {
        lock.writeLock().lock();
        known.accumulateAndGet(size, Math::min);
    }

    /** Ends it; {@code end} is how far the file is known to reach now. */
    void endResize(long end) {
        reached(end);
        lock.writeLock().unlock();
    }
}
