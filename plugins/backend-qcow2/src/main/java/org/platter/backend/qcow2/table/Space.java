// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.table;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * Which clusters of the file are in use, and what the counters in the file do not say yet: clusters that are reserved,
 * visible since the last commit, or let go since then. A cluster that was let go stays in use until the tables that no
 * longer name it are durable. Memory is a bit or few for each cluster of the file.
 *
 * <p>For any thread; the monitor guards everything, and no I/O is done inside.
 */
public final class Space {
    /** The most clusters that a file may have to be written. */
    public static final long MOST = Integer.MAX_VALUE - 64;

    private final BitSet used; // guarded by this
    private final BitSet reserved = new BitSet(); // guarded by this: handed out, no table names them
    private final BitSet fresh = new BitSet(); // guarded by this: named since the last commit, counted nowhere
    private final Map<Integer, Integer> extra = new HashMap<>(); // guarded by this: of fresh ones, references but one
    private final Map<Integer, Integer> added = new HashMap<>(); // guarded by this: of counted ones, references more
    private final BitSet held = new BitSet(); // guarded by this: take no other use before the next flush
    private final BitSet dropped = new BitSet(); // guarded by this: were fresh, and were let go
    private final BitSet released = new BitSet(); // guarded by this: counted, and let go once or more
    private final Map<Integer, Integer> again = new HashMap<>(); // guarded by this: of released ones, times but one
    private final Map<Long, Extent> promised = new HashMap<>(); // guarded by this: reserved, by cluster of the disk
    private int lowest; // guarded by this: all clusters below are used

    /** A run of clusters of the file. */
    public record Extent(int first, int count) {}

    /** The space of a file in which these clusters are in use. */
    public Space(BitSet used) {
        this.used = used;
    }

    /** The end of the used clusters. */
    public synchronized int high() {
        return used.length();
    }

    /** The lowest cluster that is free now. */
    synchronized int firstFree() {
        lowest = used.nextClearBit(lowest);
        return lowest;
    }

    synchronized boolean used(int cluster) {
        return used.get(cluster);
    }

    /** The first used cluster from {@code from} on that is not the given one, or -1. */
    synchronized int nextUsed(int from, int but) {
        int next = used.nextSetBit(from);
        return next == but ? used.nextSetBit(next + 1) : next;
    }

    /** The last used cluster before {@code before} that has not been let go, or -1. */
    synchronized int lastKept(int before) {
        int at = used.previousSetBit(before - 1);
        while (at >= 0 && (released.get(at) || dropped.get(at))) {
            at = used.previousSetBit(at - 1);
        }
        return at;
    }

    /**
     * Reserves the lowest clusters there are for a cluster of the disk and the next, at most {@code wanted} in a row.
     * What is reserved for it already, because whoever wanted it has failed, is handed out again.
     */
    synchronized Extent reserve(long guest, int wanted) throws DiskException {
        Extent old = promised.remove(guest);
        if (old != null && reserved.nextClearBit(old.first) >= old.first + old.count) {
            Extent same = new Extent(old.first, Math.min(old.count, wanted));
            promised.put(guest, same);
            return same;
        }
        Extent made = take(firstFree(), wanted);
        promised.put(guest, made);
        return made;
    }

    /** What is reserved for a cluster of the disk and not visible, or -1. */
    public synchronized int promised(long guest) {
        Extent found = promised.get(guest);
        return found != null && reserved.get(found.first) ? found.first : -1;
    }

    private Extent take(int from, int wanted) throws DiskException {
        int next = used.nextSetBit(from);
        int to = next < 0 ? from + wanted : Math.min(from + wanted, next);
        if (to > MOST || to < 0) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE, "QCOW2: a file that is written has at most " + MOST + " clusters");
        }
        used.set(from, to);
        reserved.set(from, to);
        return new Extent(from, to - from);
    }

    /** Reserves the lowest free cluster. */
    public synchronized int one() throws DiskException {
        return take(firstFree(), 1).first;
    }

    /** Reserves and holds the lowest free cluster: until the next flush it is for whoever asked, referred to or not. */
    public synchronized int hold() throws DiskException {
        int cluster = one();
        held.set(cluster);
        return cluster;
    }

    /** Reserves and holds the cluster at this place if it is free. */
    public synchronized boolean hold(int cluster) throws DiskException {
        if (cluster >= MOST || used.get(cluster)) {
            return false;
        }
        take(cluster, 1);
        held.set(cluster);
        return true;
    }

    /** Reserves so many clusters in a row, the lowest there are. */
    synchronized int row(int count) throws DiskException {
        return take(rowAt(count), count).first;
    }

    /** The same if they end before {@code limit}, else nothing and -1. */
    synchronized int rowBefore(int count, int limit) throws DiskException {
        int from = rowAt(count);
        return (long) from + count <= limit ? take(from, count).first : -1;
    }

    private int rowAt(int count) {
        int from = firstFree();
        while (true) {
            int next = used.nextSetBit(from);
            if (next < 0 || next - from >= count) {
                return from;
            }
            from = used.nextClearBit(next);
        }
    }

    /** True if a cluster is reserved. */
    synchronized boolean reserved(long cluster) {
        return cluster < MOST && reserved.get((int) cluster);
    }

    /** Something in the tables refers to a cluster that is reserved, fresh or counted from now on. */
    synchronized void refer(int cluster) {
        if (reserved.get(cluster) || dropped.get(cluster)) {
            reserved.clear(cluster);
            dropped.clear(cluster);
            fresh.set(cluster);
        } else {
            (fresh.get(cluster) ? extra : added).merge(cluster, 1, Integer::sum);
        }
    }

    /** What was reserved for a cluster of the disk is visible, or forgotten. */
    synchronized void fulfil(long guest) {
        promised.remove(guest);
    }

    /** The tables refer to a cluster once less. */
    synchronized void release(int cluster) {
        if (!fresh.get(cluster)) {
            if (released.get(cluster)) {
                again.merge(cluster, 1, Integer::sum);
            }
            released.set(cluster);
        } else if (extra.containsKey(cluster)) {
            extra.computeIfPresent(cluster, (key, count) -> count > 1 ? count - 1 : null);
        } else {
            fresh.clear(cluster);
            dropped.set(cluster);
        }
    }

    /** Makes clusters free that are reserved. */
    synchronized void giveBack() {
        held.clear();
        free(reserved);
        promised.clear();
    }

    /** How the number of references differs from what the counters in the file and their cache say. */
    public synchronized long pending(int cluster, long counter) {
        if (fresh.get(cluster)) {
            return 1 + extra.getOrDefault(cluster, 0);
        }
        if (dropped.get(cluster)) {
            return 0;
        }
        long raised = counter + added.getOrDefault(cluster, 0);
        return released.get(cluster) ? Math.max(0, raised - 1 - again.getOrDefault(cluster, 0)) : raised;
    }

    /** Clusters to count, and how often. */
    synchronized int nextFresh(int from) {
        return fresh.nextSetBit(from);
    }

    synchronized boolean hasFresh() {
        return !fresh.isEmpty();
    }

    /** A cluster that is counted and has more references, or -1. */
    synchronized int nextAdded() {
        return added.isEmpty() ? -1 : added.keySet().iterator().next();
    }

    synchronized int timesAdded(int cluster) {
        return added.get(cluster);
    }

    /** The counter of such a cluster has been raised. */
    synchronized void raised(int cluster) {
        added.remove(cluster);
    }

    synchronized boolean hasLetGo() {
        return !released.isEmpty() || !dropped.isEmpty();
    }

    synchronized int references(int cluster) {
        return 1 + extra.getOrDefault(cluster, 0);
    }

    /** The counters of all fresh clusters are durable. */
    synchronized void counted() {
        fresh.clear();
        extra.clear();
    }

    /** A cluster that was let go, or -1. */
    synchronized int nextReleased() {
        return released.nextSetBit(0);
    }

    synchronized int nextDropped() {
        return dropped.nextSetBit(0);
    }

    synchronized int timesReleased(int cluster) {
        return 1 + again.getOrDefault(cluster, 0);
    }

    /** The counter of a cluster that was let go has been lowered, to 0 if {@code free}. */
    synchronized void settled(int cluster, boolean free) {
        released.clear(cluster);
        dropped.clear(cluster);
        again.remove(cluster);
        if (free && held.get(cluster)) {
            reserved.set(cluster);
        } else if (free) {
            used.clear(cluster);
            lowest = Math.min(lowest, cluster);
        }
    }

    private void free(BitSet clusters) {
        if (!clusters.isEmpty()) {
            used.andNot(clusters);
            lowest = Math.min(lowest, clusters.nextSetBit(0));
            clusters.clear();
        }
    }
}
