// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.io.IOException;
import java.util.BitSet;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/**
 * Makes a disk larger. New blocks are free. The header changes last, in one sector, so that a loss of power leaves the
 * old or the new size.
 *
 * <p>If the longer map does not fit in front of the data, the first physical blocks are moved to the end of the file and
 * the whole map is written anew behind the old one, where they were; its entries count from the first block that stays.
 * The old map is not touched, so that it is good until the header changes. If in the meantime more blocks are needed
 * than the old map has entries, which no valid header may say, the text in the header says that a resize is under way;
 * then the count may be larger. Other programs refuse such an image; this one reads it, and the next resize, compaction
 * or repair ends that state.
 */
final class VdiResize {
    private static final int ALIGNMENT = 512;

    private final Storage storage;
    private final VdiCommit commit;
    private final VdiSpace space;
    private final VdiMap map;
    private final long size;
    private final long blocks;

    /** A resize that may be done; nothing has changed yet. */
    VdiResize(Storage storage, VdiCommit commit, VdiSpace space, long size) throws IOException {
        this.storage = storage;
        this.commit = commit;
        this.space = space;
        this.size = size;
        map = space.map();
        VdiHeader header = commit.header();
        if (header.fixed() || header.old() || size < map.disk()) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED,
                    "VDI: an image of " + map.disk() + " bytes, type " + header.type() + ", version "
                            + header.pre().versionName() + " cannot become " + size
                            + " bytes: only images of type 1 and 4 and version 1.1 grow, and none shrinks");
        }
        blocks = Math.max(VdiSizes.needed(size, map.blockSize()), header.sizes().blocks());
        VdiSizes.check(size, blocks, 0);
        if (!fits()) {
            VdiSizes.check(size, blocks, newDataPosition());
            VdiSpace.checkCount(shift());
        }
        space.complete();
        space.requireSound();
    }

    /** Changes the image, whose changes so far are durable. Gives the space that goes with it now. */
    VdiSpace run() throws IOException {
        clearTail();
        return fits() ? extend() : relocate();
    }

    private boolean fits() {
        VdiHeader header = commit.header();
        return header.mapPosition() + Integer.BYTES * blocks <= header.dataPosition();
    }

    /** What was stored behind the end of the disk comes into sight. */
    private void clearTail() throws IOException {
        long last = map.blocks() - 1;
        long visible = map.visible(last);
        if (visible < map.blockSize() && VdiMap.data(map.entry(last))) {
            storage.zero(map.position(Integer.toUnsignedLong(map.entry(last))) + visible, map.blockSize() - visible);
        }
    }

    private VdiSpace extend() throws IOException {
        VdiHeader header = commit.header();
        VdiMap.write(storage, header.mapPosition(), map.blocks(), blocks, block -> VdiMap.FREE);
        storage.flush();
        return switchTo(header.withSizes(header.sizes().withDisk(size).withCounts(blocks, allocated())), 0);
    }

    private long allocated() {
        return commit.header().sizes().allocated();
    }

    private VdiSpace relocate() throws IOException {
        VdiPreHeader before = commit.header().pre();
        long shift = shift();
        makeRoom(shift);
        long known = map.blocks();
        VdiMap.write(
                storage, newMapPosition(), 0, blocks, block -> block < known ? shifted(block, shift) : VdiMap.FREE);
        storage.flush();
        VdiHeader header = commit.header();
        VdiSizes sizes = header.sizes().withDisk(size).withCounts(blocks, Math.max(allocated() - shift, 0));
        return switchTo(header.withPre(before).withLayout(newMapPosition(), newDataPosition(), sizes), (int) shift);
    }

    private int shifted(long block, long shift) throws IOException {
        int entry = map.entry(block);
        return VdiMap.data(entry) ? (int) (entry - shift) : entry;
    }

    private VdiSpace switchTo(VdiHeader header, int shift) throws IOException {
        BitSet used = space.shifted(shift);
        boolean over = header.pre().resizing()
                && header.sizes().allocated() <= header.sizes().blocks();
        commit.replace(over ? header.withPre(header.pre().asOwn()) : header);
        return new VdiSpace(new VdiMap(storage, header), used);
    }

    private void makeRoom(long shift) throws IOException {
        long limit = Math.max(shift, commit.limit());
        if (limit - shift - space.places().count(shift, limit) < space.places().count(0, shift)) {
            commit.hold();
        }
        try {
            VdiMoves moves = new VdiMoves(storage, commit, space);
            for (long block = 0; block < map.blocks(); block++) {
                int entry = map.entry(block);
                if (VdiMap.data(entry) && Integer.toUnsignedLong(entry) < shift) {
                    moves.move(block, shift);
                }
            }
            moves.finish();
        } finally {
            commit.release();
        }
    }

    private long newMapPosition() {
        return (commit.header().mapEnd() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** How many physical blocks the new map takes the place of. */
    private long shift() {
        VdiHeader header = commit.header();
        long stride = header.sizes().stride();
        long missing = newMapPosition() + Integer.BYTES * blocks - header.dataPosition();
        return (missing + stride - 1) / stride;
    }

    private long newDataPosition() {
        VdiHeader header = commit.header();
        return header.dataPosition() + shift() * header.sizes().stride();
    }
}
