// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.table.BlockAllocator;

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
 * <p>Verifying is for any thread, the rest for the one that changes the image. What is free, reserved and let go, and when
 * a block may be used again, is the {@link BlockAllocator}'s to know. No I/O is done in a monitor.
 */
final class VdiSpace {
    /** The most physical blocks that an image may have to be written. */
    static final long MOST = BlockAllocator.MOST;

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

    private final BlockAllocator places = new BlockAllocator();
    private long counted; // guarded by this: no block from here on was allocated, when the image was opened

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
        counted = allocated;
        pages = new AtomicIntegerArray((int) ((map.blocks() + VdiMap.PAGE - 1) / VdiMap.PAGE));
    }

    /** The space of an image whose map is known to name exactly the blocks of {@code used}, each once. */
    VdiSpace(VdiMap map, BitSet used) {
        this(map, used.length(), 0);
        for (int from = used.nextSetBit(0); from >= 0; ) {
            int to = used.nextClearBit(from);
            places.use(from, to);
            from = used.nextSetBit(to);
        }
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
        return places.use(physical, physical + 1) ? "" : "is another block's too";
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

    /** Who is free, reserved or let go, for the one that changes the image. */
    BlockAllocator places() {
        return places;
    }

    /** The end of the used blocks: what the header must count as allocated at least. */
    synchronized long high() {
        return Math.max(counted, places.end());
    }

    /** True if no block below {@code limit} is free now. */
    boolean full(long limit) {
        return places.nextFree(floor(0)) >= limit;
    }

    /** No block below is handed out: until all pages are verified, none that was counted or in the file at opening. */
    private long floor(long floor) {
        return complete ? floor : Math.max(floor, Math.max(allocatedAtOpen, map.present(fileEnd)));
    }

    /**
     * Reserves the lowest physical blocks there are for a block of the disk and the next, at most {@code wanted} in a
     * row. What is reserved for the block already, because whoever wanted it has failed, is handed out again.
     *
     * @param floor no physical block below is taken
     * @param limit physical blocks from here on can be reserved, one at a time, but not made visible
     */
    BlockAllocator.Places reserve(long block, long wanted, long floor, long limit) throws DiskException {
        long from = floor(floor);
        Optional<BlockAllocator.Places> found =
                places.reserve(block, 1, wanted, from, limit).or(() -> places.reserve(block, 1, 1, from, MOST));
        if (found.isEmpty()) {
            checkCount(MOST + 1);
        }
        return found.orElseThrow();
    }

    /** Refuses more physical blocks than can be counted. */
    static void checkCount(long blocks) throws DiskException {
        if (blocks > MOST) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE, "VDI: " + blocks + " physical blocks; an image that is written has " + MOST);
        }
    }

    /** Makes blocks that are reserved free. */
    void giveBack() {
        places.giveBack();
        recount(!places.hasVacated());
    }

    /**
     * Makes blocks that were let go free; the map in the file must not name them any more.
     *
     * @return the blocks that have become free since the last call
     */
    List<BlockAllocator.Places> settle() {
        List<BlockAllocator.Places> freed = places.settle();
        recount(freed.isEmpty());
        return freed;
    }

    /** Once blocks have become free, all that nobody refers to are known, and the header counts no more than are used. */
    private synchronized void recount(boolean asBefore) {
        if (complete && !asBefore) {
            counted = 0;
        }
    }

    /** The same blocks, counted from {@code by}; none below is used. */
    BitSet shifted(int by) {
        BitSet used = places.used();
        return used.get(by, Math.max(by, used.length()));
    }
}
