// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.backend.vhdx.layout.Bytes;
import org.platter.backend.vhdx.layout.Extent;
import org.platter.backend.vhdx.layout.Metadata;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/**
 * Changes the size of a disk whose changes are durable and whose log is not in use. What only the new size shows is written
 * first, in place, since the old size does not show it; a table that has no room to become longer is copied to another
 * place; then one log entry changes the size, and the place of the table. A loss of power leaves the old or the new size.
 */
final class VhdxResize {
    private static final int CHUNK = 1 << 20;

    private final VhdxFile file;
    private final Storage storage;
    private final VhdxMap map;
    private final VhdxSpace space;
    private final Metadata changed;
    private final long blocks;

    VhdxResize(VhdxFile file, VhdxMap map, VhdxSpace space, long size) throws IOException {
        this.file = file;
        storage = file.storage();
        this.map = map;
        this.space = space;
        changed = file.metadata().withSize(size);
        blocks = (size + map.blockSize() - 1) / map.blockSize();
        if (size < map.size()) {
            requireNothingBehind(size);
        }
    }

    private void requireNothingBehind(long size) throws IOException {
        long whole = size / map.blockSize();
        for (long block = whole; block < map.blocks(); block++) {
            long entry = map.entry(block);
            if (VhdxMap.inFile(entry) && (block >= blocks || holds(block, entry, size - map.offset(block)))) {
                throw new DiskException(
                        ErrorCode.NOT_SUPPORTED,
                        "VHDX: block " + block + " has data behind " + size + " bytes, the disk does not shrink");
            }
        }
    }

    private boolean holds(long block, long entry, long from) throws IOException {
        if (VhdxMap.state(entry) == VhdxMap.PARTIAL) {
            long first = from / map.sectorSize();
            long last = map.visible(block) / map.sectorSize();
            return map.has(block, first) || map.sameEnd(block, first, last) < last;
        }
        ByteBuffer bytes = Bytes.buffer(CHUNK);
        for (long at = from; at < map.visible(block); at += bytes.limit()) {
            bytes.clear().limit((int) Math.min(CHUNK, map.visible(block) - at));
            storage.read(bytes, VhdxMap.position(entry) + at);
            bytes.flip();
            while (bytes.hasRemaining()) {
                if (bytes.get() != 0) {
                    return true;
                }
            }
        }
        return false;
    }

    void run() throws IOException {
        Extent bat = file.regions().bat();
        if (changed.size() > map.size()) {
            hideTail();
            Extent wanted = VhdxCreation.table(bat.from(), changed);
            if (wanted.to() > bat.to()) {
                bat = move(wanted.to() - wanted.from());
            }
            extend(bat);
            storage.flush();
        }
        file.commitSize(changed, bat);
    }

    private void hideTail() throws IOException {
        long last = map.blocks() - 1;
        long entry = map.entry(last);
        long visible = map.visible(last);
        if (VhdxMap.inFile(entry) && visible < map.blockSize()) {
            storage.zero(VhdxMap.position(entry) + visible, map.blockSize() - visible);
            if (VhdxMap.state(entry) == VhdxMap.PARTIAL) {
                long sectors = map.blockSize() / map.sectorSize();
                map.mark(last, visible / map.sectorSize(), sectors, false);
                file.commit(map);
                file.retire();
            }
        }
    }

    /** Copies the table behind everything. */
    private Extent move(long length) throws IOException {
        Extent old = file.regions().bat();
        long position = space.takeBytes(length);
        storage.zero(position, length);
        storage.transferTo(old.from(), old.to() - old.from(), storage, position);
        return new Extent(old.name(), position, position + length);
    }

    /** Entries behind the old ones: nothing, or blocks of zeroes where all must be there. */
    private void extend(Extent bat) throws IOException {
        long ratio = (1L << 23) * map.sectorSize() / map.blockSize();
        long first = map.blocks() + map.blocks() / ratio;
        long last = blocks + blocks / ratio + 1;
        long from = bat.from() + first * Long.BYTES;
        long to = Math.min(bat.to(), bat.from() + last * Long.BYTES);
        if (from < to) {
            storage.zero(from, to - from);
        }
        for (long block = map.blocks(); changed.fixed() && block < blocks; block++) {
            long position = space.takeBytes(map.blockSize());
            storage.zero(position, map.blockSize());
            ByteBuffer entry = Bytes.buffer(Long.BYTES).putLong(0, position | VhdxMap.FULL);
            storage.write(entry, bat.from() + (block + block / ratio) * Long.BYTES);
        }
    }
}
