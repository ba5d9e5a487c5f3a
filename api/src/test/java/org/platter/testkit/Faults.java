// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * When storages fail. One plan may serve all storages of an image; calls are counted together. Safe for use by many
 * threads.
 */
public final class Faults {
    /** Kinds of calls. */
    public enum Operation {
        /** {@code read}. */
        READ,
        /** {@code write}, {@code zero}, {@code discard} and {@code preallocate}. */
        WRITE,
        /** {@code resize}. */
        RESIZE,
        /** {@code flush}. */
        FLUSH;

        /** Everything that changes a storage. */
        public static final Set<Operation> CHANGES = Set.of(WRITE, RESIZE, FLUSH);
    }

    /** How long a fault lasts. */
    public enum Lasting {
        /** The n-th call fails, the next works again. */
        ONCE,
        /** The n-th call fails, and so does every one after it. */
        EVER
    }

    private final Map<Operation, Long> counts = new EnumMap<>(Operation.class); // guarded by this
    private Set<Operation> kinds = Set.of(); // guarded by this
    private Lasting lasting = Lasting.ONCE; // guarded by this
    private long left; // guarded by this: calls until the fault
    private boolean torn; // guarded by this
    private long capacity = Long.MAX_VALUE; // guarded by this
    private long failures; // guarded by this

    /** Lets the {@code nth} call of these kinds from now on fail; 1 is the next one. */
    public synchronized void fail(Set<Operation> operations, long nth, Lasting howLong) {
        kinds = Set.copyOf(operations);
        left = nth;
        lasting = howLong;
    }

    /** Nothing fails any more, and there is space. */
    public synchronized void heal() {
        kinds = Set.of();
        capacity = Long.MAX_VALUE;
    }

    /** From now on, a write that fails stores the first half of its sectors. */
    public synchronized void tearWrites() {
        torn = true;
    }

    /** No storage may grow above so many bytes: {@code DISK_FULL}. */
    public synchronized void capacity(long bytes) {
        capacity = bytes;
    }

    /** How many calls of a kind there were. */
    public synchronized long count(Operation operation) {
        return counts.getOrDefault(operation, 0L);
    }

    /** How many calls have failed. */
    public synchronized long failures() {
        return failures;
    }

    synchronized boolean torn() {
        return torn;
    }

    /** Counts a call; true if it must fail. */
    synchronized boolean strikes(Operation operation) {
        counts.merge(operation, 1L, Long::sum);
        if (!kinds.contains(operation)) {
            return false;
        }
        left--;
        boolean fails = lasting == Lasting.ONCE ? left == 0 : left <= 0;
        failures += fails ? 1 : 0;
        return fails;
    }

    synchronized void checkSpace(long end, Object place) throws DiskException {
        if (end > capacity) {
            failures++;
            throw new DiskException(ErrorCode.DISK_FULL, place + ": no space for byte " + end + " of " + capacity);
        }
    }

    static DiskException failure(Operation operation, Object place) {
        return new DiskException(ErrorCode.IO, place + ": planned failure of " + operation);
    }
}
