// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.io.IOException;
import java.util.List;
import org.platter.storage.Storage;
import org.platter.table.BlockAllocator;

/**
 * The header of an image that is open for writing, and the order in which changes reach the file, so that a loss of
 * power at any point leaves an image without contradiction:
 *
 * <ol>
 *   <li>data, and a header that counts the new blocks as allocated; flush
 *   <li>the changed entries of the map; flush
 *   <li>a header with a lower count, and with another parent if that has changed; flush
 *   <li>where blocks have become free, the end of the file is cut off and holes are punched
 * </ol>
 *
 * What has not changed is skipped. At worst blocks are counted that nobody refers to. For one thread.
 */
final class VdiCommit {
    private final Storage storage;
    private VdiHeader current;
    private VdiHeader durable;
    private long entries; // entries of the map, but for those that are added for a while
    private boolean held;

    VdiCommit(Storage storage, VdiHeader header) {
        this.storage = storage;
        current = header;
        durable = header;
        entries = header.sizes().blocks();
    }

    /** The header with all changes so far but for the count of allocated blocks. */
    VdiHeader header() {
        return current;
    }

    /** Changes the header; it reaches the file by the next {@link #run}. */
    void change(VdiHeader header) {
        current = header;
    }

    /** Changes the header in the file at once. What it refers to must be durable. */
    void replace(VdiHeader header) throws IOException {
        write(header);
        entries = header.sizes().blocks();
    }

    /**
     * From now on the file may have more physical blocks than entries, until the header is {@link #replace}d or the
     * state {@link #release}d.
     */
    void hold() throws IOException {
        held = true;
        write(current.withPre(current.pre().asResizing()));
    }

    /** The next {@link #run} ends the state that {@link #hold} began, if it can. */
    void release() {
        held = false;
    }

    /** No physical block from here on can be named: the map has no room for as many entries. */
    long limit() {
        return current.pre().resizing() ? VdiSpace.MOST : Math.min(current.mapCapacity(), VdiSpace.MOST);
    }

    /** Makes everything durable. After a failure all that may not be durable still counts as changed. */
    void run(VdiMap map, VdiSpace space) throws IOException {
        boolean grown = map.changed() || space.high() > durable.sizes().allocated();
        if (grown) {
            raise(space);
            map.flush();
            storage.flush();
        }
        List<BlockAllocator.Places> freed = space.settle();
        VdiHeader last = last(space);
        boolean shorter = last.sizes().allocated() < durable.sizes().allocated()
                || freed.stream().anyMatch(each -> each.to() > space.high());
        if (!last.equals(durable)) {
            write(last);
        } else if (!grown) {
            storage.flush();
        }
        current = last;
        if (shorter && !last.fixed()) {
            cut(last.end(space.high()));
        }
        punch(freed, space.high());
    }

    private void raise(VdiSpace space) throws IOException {
        VdiIds ids = current.ids().withLink(durable.ids().link());
        long count = Math.max(durable.sizes().allocated(), Math.min(space.high(), limit()));
        long blocks = durable.sizes().blocks();
        if (count > blocks && !current.pre().resizing()) {
            addEntries(blocks, count);
            blocks = count;
        }
        VdiHeader raised = current.withIdentity(durable.type(), ids).withCounts(blocks, count);
        if (!raised.equals(durable)) {
            store(raised);
        }
        storage.flush();
        durable = raised;
    }

    /**
     * The count of allocated blocks must not exceed that of entries, but while all blocks are in use and one is let go,
     * which is not free before the next flush, one more is needed.
     */
    private void addEntries(long from, long to) throws IOException {
        VdiMap.write(storage, current.mapPosition(), from, to, block -> VdiMap.FREE);
        storage.flush();
    }

    private VdiHeader last(VdiSpace space) {
        long allocated = durable.sizes().allocated();
        long count = current.fixed() ? allocated : Math.min(allocated, space.high());
        if (!current.pre().resizing()) {
            long blocks = Math.min(durable.sizes().blocks(), Math.max(entries, count));
            return current.withCounts(blocks, count);
        }
        boolean over = !held && count <= entries;
        return current.withPre(over ? current.pre().asOwn() : current.pre()).withCounts(entries, count);
    }

    private void write(VdiHeader header) throws IOException {
        store(header);
        storage.flush();
        durable = header;
        current = header;
    }

    private void store(VdiHeader header) throws IOException {
        storage.write(header.encode(), 0);
    }

    private void punch(List<BlockAllocator.Places> freed, long high) throws IOException {
        for (BlockAllocator.Places each : freed) {
            if (each.from() < high) {
                long from = current.end(each.from());
                storage.discard(from, current.end(Math.min(each.to(), high)) - from);
            }
        }
    }

    private void cut(long end) throws IOException {
        if (storage.size() > end) {
            storage.resize(end);
        }
    }
}
