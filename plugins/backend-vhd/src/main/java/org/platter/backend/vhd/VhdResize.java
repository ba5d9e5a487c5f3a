// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/**
 * Makes the disk of an image larger that grows. Nothing that the old size shows is touched, and the footers are the last
 * to change, so a loss of power leaves the old or the new size. A table that has no room to become longer moves to the
 * end of the file; blocks stay where they are.
 */
final class VhdResize {
    private static final int CHUNK = 1 << 18; // entries

    private final Storage storage;
    private final VhdCommit commit;
    private final VhdFooters footers;
    private final VhdMap map;
    private final long size;
    private final long blocks;

    VhdResize(Storage storage, VhdCommit commit, VhdMap map, long size) throws DiskException {
        this.storage = storage;
        this.commit = commit;
        footers = commit.footers();
        this.map = map;
        this.size = size;
        blocks = VhdCreation.blocks(size, map.blockSize());
        if (size < map.size()) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "VHD: a disk of " + map.size() + " bytes does not shrink");
        }
    }

    /** Resizes an image whose changes are durable. */
    void run(VhdSpace space) throws IOException {
        hideTail();
        VhdHeader header = commit.header();
        if (blocks <= header.entries()) {
            VhdCreation.free(storage, header.tablePosition(), map.blocks(), blocks);
            storage.flush();
        } else {
            long bytes = VhdCreation.sectors(Integer.BYTES * blocks);
            boolean room = header.tablePosition() + bytes <= limit(header);
            commit.replaceFirst(header.withTable(room ? extend(header) : move(space, bytes), blocks));
        }
        footers.change(footers.footer().withSize(size));
        footers.commit();
    }

    /** What the last block stores behind the end of the disk must not show when the disk goes on there. */
    private void hideTail() throws IOException {
        long last = map.blocks() - 1;
        long visible = map.visible(last);
        int entry = map.entry(last);
        if (visible < map.blockSize() && entry != VhdMap.FREE) {
            storage.zero(VhdMap.position(entry) + map.bitmapBytes() + visible, map.blockSize() - visible);
            map.mark(
                    last,
                    visible / VhdMap.SECTOR,
                    map.blockSize() / VhdMap.SECTOR,
                    !footers.footer().differencing());
            storage.flush();
            map.storeBitmaps();
        }
    }

    /** Where something starts that the table must not reach. */
    private long limit(VhdHeader header) throws IOException {
        long limit = footers.end();
        for (VhdExtent extent : metadata(header)) {
            if (extent.from() > header.tablePosition()) {
                limit = Math.min(limit, extent.from());
            }
        }
        for (long block = 0; block < map.blocks(); ) {
            int entry = map.entry(block);
            if (entry == VhdMap.FREE) {
                block = map.runEnd(block, map.blocks());
                continue;
            }
            if (VhdMap.position(entry) > header.tablePosition()) {
                limit = Math.min(limit, VhdMap.position(entry));
            }
            block++;
        }
        return limit;
    }

    private List<VhdExtent> metadata(VhdHeader header) throws IOException {
        return VhdLayout.metadata(header, footers.footer().headerPosition(), storage.size());
    }

    private long extend(VhdHeader header) throws IOException {
        VhdCreation.free(storage, header.tablePosition(), map.blocks(), blocks);
        storage.flush();
        return header.tablePosition();
    }

    private long move(VhdSpace space, long bytes) throws IOException {
        long position = VhdCreation.sectors(space.end());
        if (position + bytes > footers.end()) {
            footers.moveTo(position + bytes);
        }
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(bytes, CHUNK * Integer.BYTES));
        for (long block = 0, at = position; block < map.blocks(); at += buffer.limit()) {
            buffer.clear();
            while (buffer.hasRemaining() && block < map.blocks()) {
                buffer.putInt(map.entry(block++));
            }
            storage.write(buffer.flip(), at);
        }
        VhdCreation.free(storage, position, map.blocks(), blocks);
        storage.flush();
        return position;
    }
}
