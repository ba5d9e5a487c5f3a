// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.io.IOException;
import org.platter.storage.Storage;

/** Gives blocks another place in the file, a batch between flushes. Blocks are moved whole. For one thread. */
final class VdiMoves {
    private static final long BATCH = 64L << 20; // bytes

    private final Storage storage;
    private final VdiCommit commit;
    private final VdiSpace space;
    private final VdiMap map;
    private long copied;

    VdiMoves(Storage storage, VdiCommit commit, VdiSpace space) {
        this.storage = storage;
        this.commit = commit;
        this.space = space;
        map = space.map();
    }

    /** Moves a block to the lowest free place from {@code floor} on. */
    void move(long block, long floor) throws IOException {
        long old = Integer.toUnsignedLong(map.entry(block));
        copy(block, floor);
        space.places().release(old, old + 1);
    }

    /** Gives a block a copy of what it shares with another. */
    void copy(long block, long floor) throws IOException {
        long from = map.position(Integer.toUnsignedLong(map.entry(block)));
        long place = space.reserve(block, 1, floor, VdiSpace.MOST).from();
        long to = map.position(place);
        long there = Math.min(map.blockSize(), storage.size() - from);
        storage.transferTo(from, there, storage, to);
        if (there < map.blockSize()) {
            storage.zero(to + there, map.blockSize() - there);
        }
        map.set(block, (int) place);
        space.places().name(block, place, place + 1);
        copied += map.blockSize();
        if (copied >= BATCH) {
            finish();
        }
    }

    /** Makes all moves durable; the old places are free then. */
    void finish() throws IOException {
        commit.run(map, space);
        copied = 0;
    }
}
