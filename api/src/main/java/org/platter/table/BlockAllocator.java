// SPDX-License-Identifier: Apache-2.0
package org.platter.table;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Which places of a file are in use. A <em>place</em> is a stretch of the file that holds one unit of the format: a block,
 * a cluster, a part of a grain. Places have numbers from 0 on; where a place lies is for the format to say. A place goes
 * through four states:
 *
 * <pre>
 *   free --reserve--&gt; reserved --name--&gt; named --release--&gt; let go --settle--&gt; free
 *                         '------------- giveBack ---------------------------'
 * </pre>
 *
 * <p>The rule of crash order: a place is handed out only while neither the table in memory <em>nor the one in the
 * file</em> names it. Data of a reserved place may reach the medium at any time, because nobody refers to it. A place that
 * is let go is still named by the table in the file, which is what counts after a loss of power; so it stays as it is, and
 * is handed to nobody else, until a table that does not name it is durable. A commit therefore runs in this order, and a
 * step that fails is repeated by the next commit:
 *
 * <ol>
 *   <li>{@link #giveBack}, if nobody is between reserving and naming
 *   <li>data, then a flush
 *   <li>the table, then a flush; then what it depends on, such as a header
 *   <li>{@link #settle}, and only then cut the end of the file off at {@link #end} and punch holes into what was freed
 * </ol>
 *
 * <p>Memory is a bit for each place up to the last in use, and for some places up to three more. For any thread: the
 * monitor guards everything, and no I/O is done inside. Calls that belong together, such as those of a commit, need one
 * thread at a time.
 */
@ProviderType
public final class BlockAllocator {
    /** The most places that there can be: 64 MiB of memory. */
    public static final long MOST = 1L << 29;

    private final BitSet used = new BitSet(); // guarded by this: all that are not free
    private final BitSet reserved = new BitSet(); // guarded by this
    private final BitSet released = new BitSet(); // guarded by this: let go
    private final BitSet vacated = new BitSet(); // guarded by this: became free, not told yet
    private final Map<Long, Places> promised = new HashMap<>(); // guarded by this: what was reserved for whom
    private BitSet touched; // guarded by this: reserved or let go while somebody watches, else null
    private long lowest; // guarded by this: no so many places in a row are free below
    private long inRow = 1; // guarded by this

    /**
     * Places in a row.
     *
     * @param from the first
     * @param to behind the last
     */
    public record Places(long from, long to) {
        /** How many there are. */
        public long count() {
            return to - from;
        }
    }

    /** All places are free. */
    public BlockAllocator() {}

    /**
     * Counts places as in use that a table names, or that are no places for data.
     *
     * @return false if one of them was in use already, so that two entries share it
     */
    public synchronized boolean use(long from, long to) {
        boolean free = !uses(from, to);
        used.set((int) from, (int) to);
        return free;
    }

    /** True if one of these is not free. */
    public synchronized boolean uses(long from, long to) {
        return any(used, from, to);
    }

    private static boolean any(BitSet places, long from, long to) {
        int first = from < MOST ? places.nextSetBit((int) from) : -1;
        return first >= 0 && first < to;
    }

    private static boolean all(BitSet places, long from, long to) {
        return from >= 0 && to <= MOST && places.nextClearBit((int) from) >= to;
    }

    /**
     * Reserves the lowest free places. What was reserved for the same unit of the disk already, because whoever wanted it
     * has failed, is handed out again.
     *
     * @param unit who it is for: a number that {@link #name} gets too
     * @param row places that must be in a row: the answer has this many or a multiple
     * @param most how many at the most, a multiple of {@code row}
     * @param floor no place below is handed out
     * @param limit no place from here on is handed out
     * @return the places, or nothing if no {@code row} of them is free there
     */
    public synchronized Optional<Places> reserve(long unit, long row, long most, long floor, long limit) {
        Places old = promised.get(unit);
        boolean good = old != null
                && old.count() >= row
                && old.from >= floor
                && old.to <= limit
                && all(reserved, old.from, old.to);
        Places found = good
                ? new Places(old.from, Math.min(old.to, old.from + most))
                : find(row, most, floor, Math.min(limit, MOST));
        if (found == null) {
            return Optional.empty();
        }
        if (!good) {
            take(found);
            reserved.set((int) found.from, (int) found.to);
        }
        promised.put(unit, found);
        return Optional.of(found);
    }

    /** Takes the lowest free places in a row for something that is in use at once, such as a table. */
    public synchronized Optional<Places> take(long row, long limit) {
        Places found = find(row, row, 0, Math.min(limit, MOST));
        if (found == null) {
            return Optional.empty();
        }
        take(found);
        return Optional.of(found);
    }

    private void take(Places places) {
        used.set((int) places.from, (int) places.to);
        vacated.clear((int) places.from, (int) places.to);
        touch(places.from, places.to);
    }

    private Places find(long row, long most, long floor, long limit) {
        long start = row == inRow ? lowest : 0;
        if (Math.max(start, floor) >= limit) {
            return null;
        }
        int from = used.nextClearBit((int) Math.max(start, floor));
        int end = used.nextSetBit(from);
        while (end >= 0 && end - from < row) {
            from = used.nextClearBit(end);
            end = used.nextSetBit(from);
        }
        if (floor <= start) {
            lowest = from;
            inRow = row;
        }
        long to = Math.min(from + most, end < 0 ? limit : Math.min(limit, end));
        long count = (to - from) / row * row;
        return count <= 0 ? null : new Places(from, from + count);
    }

    /** The first of the places that {@link #reserve} would hand out next for one, from {@code floor} on. */
    public synchronized long nextFree(long floor) {
        return used.nextClearBit((int) Math.max(inRow == 1 ? lowest : 0, floor));
    }

    /** The first place from {@code place} on that is not free, or -1. */
    public synchronized long nextUsed(long place) {
        return used.nextSetBit((int) place);
    }

    /** True if all of these are reserved. */
    public synchronized boolean reserved(long from, long to) {
        return all(reserved, from, to);
    }

    /**
     * The table in memory names reserved places from now on. If changing the table can fail half way, this comes first: a
     * place that is named and not known as such would be given to somebody else.
     *
     * @param unit who they were reserved for
     * @throws IllegalArgumentException if one of them is not reserved; nothing has changed then
     */
    public synchronized void name(long unit, long from, long to) {
        if (!all(reserved, from, to)) {
            throw new IllegalArgumentException("places " + from + " to " + to + " are not reserved");
        }
        reserved.clear((int) from, (int) to);
        promised.remove(unit);
    }

    /** The table in memory names these places no longer. They are free after the next {@link #settle}. */
    public synchronized void release(long from, long to) {
        released.set((int) from, (int) to);
        touch(from, to);
    }

    /** True if places were let go since the last {@link #settle}. */
    public synchronized boolean hasReleased() {
        return !released.isEmpty();
    }

    /** Makes all reserved places free at once: no table has ever named them. */
    public synchronized void giveBack() {
        free(reserved);
        promised.clear();
    }

    /**
     * Makes places free that were let go; no table in the file may name them any more.
     *
     * @return what has become free since the last call, by this or by {@link #giveBack}, and is free still: ascending, each
     *     as long as it can be
     */
    public synchronized List<Places> settle() {
        free(released);
        List<Places> freed = new ArrayList<>();
        for (int from = vacated.nextSetBit(0); from >= 0; ) {
            int to = vacated.nextClearBit(from);
            freed.add(new Places(from, to));
            from = vacated.nextSetBit(to);
        }
        vacated.clear();
        return freed;
    }

    private void free(BitSet places) {
        if (!places.isEmpty()) {
            used.andNot(places);
            vacated.or(places);
            lowest = Math.min(lowest, Math.max(0, places.nextSetBit(0) - inRow + 1));
            places.clear();
        }
    }

    /** True if places have become free that {@link #settle} has not told. */
    public synchronized boolean hasVacated() {
        return !vacated.isEmpty();
    }

    /** Behind the last place that is not free. */
    public synchronized long end() {
        return used.length();
    }

    /** How many of these are not free. */
    public synchronized long count(long from, long to) {
        return used.get((int) from, (int) to).cardinality();
    }

    /** A copy of the places that are not free. */
    public synchronized BitSet used() {
        return (BitSet) used.clone();
    }

    /** A copy of the places on their way into the table or out of it. */
    public synchronized BitSet pending() {
        BitSet places = (BitSet) reserved.clone();
        places.or(released);
        return places;
    }

    /** True if one of these is on its way into the table or out of it. */
    public synchronized boolean pending(long from, long to) {
        return any(reserved, from, to) || any(released, from, to);
    }

    /**
     * Notes from now on what is reserved and let go; what is on its way counts as well. For a scan of the table that lets
     * others in between: what it has seen of such places may be older than what is there now, so it says nothing of them.
     */
    public synchronized void watch() {
        touched = pending();
    }

    /** Notes nothing any more. */
    public synchronized void unwatch() {
        touched = null;
    }

    /** True if one of these was reserved or let go while this was noted. */
    public synchronized boolean touched(long from, long to) {
        return touched != null && any(touched, from, to);
    }

    private void touch(long from, long to) {
        if (touched != null) {
            touched.set((int) from, (int) to);
        }
    }
}
