// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.io.IOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * Which physical blocks of an image that is open for writing are in use, and whether its map can be trusted.
 *
 * <p>The map is verified a page of {@value VdiMap#PAGE} entries at a time: every entry must name a block that is counted
 * as allocated, that is in the file, and that no other verified entry names. A small map is verified when the image is
 * opened, a page of a large one when it is first used. Only when all pages are verified it is known which blocks nobody
 * refers to: until then new blocks are appended. The first block that is let go completes the verification; for a map
 * of 60 TiB that is once 250 MB to read. Memory is a bit for each physical block.
 *
 * <p>The first fault that is found makes the image <em>damaged</em>: from then on it can be read where the faults are
 * not, and everything that would change it is refused until it is repaired.
 *
 * <p>Verifying is for any thread, the rest for the one that changes the image. The monitor guards all bit sets; no I/O
 * is done inside.
 */
final class VdiSpace {
    /** The most physical blocks that an image may have to be written: 64 MiB of memory. */
    static final long MOST = 1L << 29;

    /** Maps of up to so many entries are verified at once. */
    static final long AT_ONCE = 1L << 21;

    private static final int UNKNOWN = 0;
    private static final int TRUSTED = 1;
    private static final int FAULTY = 2;

    private final VdiMap map;
    private final long allocatedAtOpen;
    private final long fileEnd;
    private final AtomicIntegerArray pages;
    private volatile boolean complete;
    private volatile String damage = ""; // empty while there is none

    private final BitSet used = new BitSet(); // guarded by this: named by a verified entry, reserved or let go
    private final BitSet reserved = new BitSet(); // guarded by this: handed out, not named yet
    private final BitSet released = new BitSet(); // guarded by this: let go, but the map in the file may name it
    private final BitSet vacated = new BitSet(); // guarded by this: have become free, not given to the host yet
    private final Map<Long, Extent> promised = new HashMap<>(); // guarded by this: reserved, by first block of the disk
    private long high; // guarded by this: no block from here on is used
    private long lowest; // guarded by this: all blocks below are used, if complete

    /** A run of physical blocks. */
    record Extent(long first, long count) {}

    /**
     * The space of an image that has just been opened.
     *
     * @param allocated what the header counts as allocated
     * @param fileEnd the size of the file
     */
    VdiSpace(VdiMap map, long allocated, long fileEnd) {
        this.map = map;
        this.allocatedAtOpen = allocated;
        this.fileEnd = fileEnd;
        high = allocated;
        pages = new AtomicIntegerArray((int) ((map.blocks() + VdiMap.PAGE - 1) / VdiMap.PAGE));
    }

    /** The space of an image whose map is known to name exactly the blocks of {@code used}, each once. */
    VdiSpace(VdiMap map, BitSet used) {
        this(map, used.length(), 0);
        this.used.or(used);
        complete = true;
    }

    VdiMap map() {
        return map;
    }

    /** What the header counted as allocated when the image was opened. */
    long allocatedAtOpen() {
        return allocatedAtOpen;
    }

    /** Refuses an entry that was in the file and names no block of it. */
    void requireAllocated(long block, long physical) throws DiskException {
        if (physical >= allocatedAtOpen) {
            throw new DiskException(
                    ErrorCode.CORRUPT,
                    "VDI block map: block " + block + " is physical block " + physical + " of " + allocatedAtOpen);
        }
    }

    /** True if the page of this entry is without fault; verifies it if that has not been done. */
    boolean trusts(long block) throws IOException {
        if (complete) {
            return true;
        }
        int page = (int) (block / VdiMap.PAGE);
        int state = pages.get(page);
        return state == TRUSTED || state == UNKNOWN && verify(page);
    }

    private boolean verify(int page) throws IOException {
        long from = (long) page * VdiMap.PAGE;
        int[] entries = new int[(int) Math.min(VdiMap.PAGE, map.blocks() - from)];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = map.entry(from + i);
        }
        synchronized (this) {
            if (pages.get(page) == UNKNOWN) { // else somebody else was faster, and entries may have changed since
                String fault = count(from, entries);
                pages.set(page, fault.isEmpty() ? TRUSTED : FAULTY);
                damage = damage.isEmpty() ? fault : damage;
            }
            return pages.get(page) == TRUSTED;
        }
    }

    private String count(long from, int[] entries) {
        for (int i = 0; i < entries.length; i++) {
            if (VdiMap.data(entries[i])) {
                long physical = Integer.toUnsignedLong(entries[i]);
                String fault = fault(from + i, physical);
                if (!fault.isEmpty()) {
                    return "VDI block map: block " + (from + i) + " is physical block " + physical + ", which " + fault;
                }
                used.set((int) physical);
            }
        }
        return "";
    }

    private String fault(long block, long physical) {
        if (physical >= Math.min(allocatedAtOpen, MOST)) {
            return "is not one of the " + allocatedAtOpen + " allocated";
        }
        if (map.position(physical) + map.visible(block) > fileEnd) {
            return "ends behind the end of the file at " + fileEnd;
        }
        return used.get((int) physical) ? "is another block's too" : "";
    }

    /** Verifies all if blocks are counted that the file does not have, or no more fit; then free ones are known. */
    void prepare(long limit) throws IOException {
        boolean absent = allocatedAtOpen > 0 && map.position(allocatedAtOpen - 1) >= fileEnd;
        if (!complete && (absent || full(limit))) {
            complete();
        }
    }

    /** Verifies what has not been, so that all blocks that nobody refers to are known. */
    void complete() throws IOException {
        for (int page = 0; !complete && page < pages.length(); page++) {
            if (pages.get(page) == UNKNOWN) {
                verify(page);
            }
        }
        complete = damage.isEmpty();
    }

    /** Refuses to change a damaged image. */
    void requireSound() throws DiskException {
        if (!damage.isEmpty()) {
            throw new DiskException(ErrorCode.CORRUPT, damage + "; the image can be changed when it is repaired");
        }
    }

    boolean sound() {
        return damage.isEmpty();
    }

    /** The end of the used blocks: what the header must count as allocated at least. */
    synchronized long high() {
        return high;
    }

    /** Blocks that are handed out or let go, which the map does not name. */
    synchronized BitSet between() {
        BitSet blocks = (BitSet) reserved.clone();
        blocks.or(released);
        return blocks;
    }

    /** True if no block below {@code limit} is free now. */
    synchronized boolean full(long limit) {
        return next(0) >= limit;
    }

    /** How many blocks from {@code from} to {@code to} are free now. */
    synchronized long free(long from, long to) {
        return to - from - used.get((int) from, (int) to).cardinality();
    }

    /** How many blocks below {@code to} are used. */
    synchronized int used(long to) {
        return used.get(0, (int) to).cardinality();
    }

    synchronized boolean hasReleased() {
        return !released.isEmpty();
    }

    /**
     * Reserves the lowest physical blocks there are for a block of the disk and the next, at most {@code wanted} in a
     * row. What is reserved for the block already, because whoever wanted it has failed, is handed out again.
     *
     * @param floor no physical block below is taken
     * @param limit physical blocks from here on can be reserved, but not made visible; a run does not cross it
     */
    synchronized Extent reserve(long block, long wanted, long floor, long limit) throws DiskException {
        Extent old = promised.remove(block);
        if (old != null && old.first >= floor && old.first < limit && reserved(old)) {
            Extent again = new Extent(old.first, Math.min(old.count, wanted));
            promised.put(block, again);
            return again;
        }
        long from = next(floor);
        long to = Math.min(from + wanted, from < limit ? limit : from + 1);
        checkCount(to);
        int next = used.nextSetBit((int) from);
        to = next < 0 ? to : Math.min(to, next);
        used.set((int) from, (int) to);
        reserved.set((int) from, (int) to);
        vacated.clear((int) from, (int) to);
        high = Math.max(high, to);
        lowest = complete && floor <= lowest ? to : lowest;
        Extent made = new Extent(from, to - from);
        promised.put(block, made);
        return made;
    }

    /** Refuses more physical blocks than can be counted. */
    static void checkCount(long blocks) throws DiskException {
        if (blocks > MOST) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE, "VDI: " + blocks + " physical blocks; an image that is written has " + MOST);
        }
    }

    /** The free block to take: the lowest that is known, or the first behind all that is counted or in the file. */
    private long next(long floor) {
        return complete
                ? used.nextClearBit((int) Math.max(lowest, floor))
                : Math.max(Math.max(high, map.present(fileEnd)), floor);
    }

    private boolean reserved(Extent extent) {
        return reserved.nextClearBit((int) extent.first) >= extent.first + extent.count;
    }

    /** True if a block is reserved. */
    synchronized boolean reserved(long physical) {
        return physical < MOST && reserved.get((int) physical);
    }

    /** A reserved physical block is named by the map as this block from now on. */
    synchronized void take(long block, long physical) {
        reserved.clear((int) physical);
        promised.remove(block);
    }

    /** The map names a block no longer. */
    synchronized void release(long physical) {
        released.set((int) physical);
    }

    /** Makes blocks that are reserved free. */
    synchronized void giveBack() {
        free(reserved);
        promised.clear();
    }

    /**
     * Makes blocks that were let go free; the map in the file must not name them any more.
     *
     * @return the blocks that have become free since the last call
     */
    synchronized BitSet settle() {
        free(released);
        BitSet result = (BitSet) vacated.clone();
        vacated.clear();
        return result;
    }

    private void free(BitSet blocks) {
        if (!blocks.isEmpty()) {
            used.andNot(blocks);
            vacated.or(blocks);
            lowest = Math.min(lowest, blocks.nextSetBit(0));
            high = complete ? used.length() : Math.max(allocatedAtOpen, used.length());
            blocks.clear();
        }
    }

    /** The same blocks, counted from {@code by}; none below is used. */
    synchronized BitSet shifted(int by) {
        return used.get(by, Math.max(by, used.length()));
    }
}
