// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.platter.storage.Storage;

/**
 * The order in which changes of an image that grows reach its file, so that a loss of power at any point leaves an image
 * without contradiction:
 *
 * <ol>
 *   <li>data; flush. Skipped if only new blocks got bits
 *   <li>bitmaps; flush
 *   <li>the block table; flush
 *   <li>header and footers
 *   <li>where blocks have become free, the end of the file is cut off and holes are punched
 * </ol>
 *
 * What has not changed is skipped. Before a new block takes the place of the footer, that is durable behind the block:
 * see {@link #makeRoom}. For one thread.
 */
final class VhdCommit {
    /** How much the file grows at once at the most, bytes. */
    private static final long MOST_GROWTH = 1L << 30;

    private final Storage storage;
    private final VhdFooters footers;
    private final long home; // of the header
    private VhdHeader durable;
    private Optional<VhdParent.Linked> linked = Optional.empty();
    private boolean inPlace; // blocks that the table in the file names got bits
    private int growth; // places by which the file grew last

    VhdCommit(Storage storage, VhdFooters footers, VhdHeader header) {
        this.storage = storage;
        this.footers = footers;
        home = footers.footer().headerPosition();
        durable = header;
    }

    VhdFooters footers() {
        return footers;
    }

    /** The header with all changes. */
    VhdHeader header() {
        return linked.map(VhdParent.Linked::header).orElse(durable);
    }

    /** Changes the link to the parent; it reaches the file by the next {@link #run}. */
    void link(VhdParent.Linked change) {
        linked = Optional.of(change);
    }

    /** Some bits must not become durable before the data they stand for. */
    void bitsInPlace() {
        inPlace = true;
    }

    /** Moves the footer behind {@code end}, and further the more often that is needed between two commits. */
    void makeRoom(VhdSpace space, long end, long footprint) throws IOException {
        footers.restore();
        if (footers.footer().headerPosition() != home) {
            commitHeader(space); // what has been begun is in the way
        }
        if (end > footers.end()) {
            space.loosen(true);
            footers.moveTo(Math.max(end, space.endAfter(growth)));
            growth = (int) Math.min(2L * growth + 1, MOST_GROWTH / footprint);
        }
    }

    /** Makes everything durable. After a failure all that may not be durable still counts as changed. */
    void run(VhdMap map, VhdSpace space) throws IOException {
        if (map.bitmapsChanged()) {
            if (inPlace) {
                storage.flush();
            }
            map.storeBitmaps();
        }
        storage.flush();
        inPlace = false;
        if (map.entriesChanged()) {
            map.flushEntries(storage);
        }
        commitHeader(space);
        reclaim(space);
    }

    private void commitHeader(VhdSpace space) throws IOException {
        if (linked.isPresent()) {
            space.loosen(true);
            linked.get().store(storage);
            replaceWhole(linked.get().header());
            linked = Optional.empty();
        }
        if (footers.changed()) {
            footers.commit();
        }
    }

    /**
     * Changes more of the header than its first sector: a copy behind everything serves while it is rewritten, so that
     * one whole header is there at any time. Whatever else changes in the footer, such as its type, changes with it.
     */
    private void replaceWhole(VhdHeader header) throws IOException {
        footers.restore();
        long aside = VhdCreation.sectors(footers.end() + VhdFooter.BYTES);
        footers.moveTo(aside + VhdHeader.BYTES);
        storage.write(header.encode(), aside);
        storage.flush();
        footers.change(footers.footer().withHeaderAt(aside));
        footers.commit();
        storage.write(header.encode(), home);
        storage.flush();
        footers.change(footers.footer().withHeaderAt(home));
        footers.commit();
        durable = header;
    }

    /** Changes the first sector of the header in the file at once; what it names must be durable. */
    void replaceFirst(VhdHeader header) throws IOException {
        ByteBuffer first = header.encode().limit(VhdHeader.FIRST);
        storage.write(first, home);
        storage.flush();
        durable = header;
    }

    private void reclaim(VhdSpace space) throws IOException {
        List<VhdExtent> freed = space.settle();
        long end = space.end();
        if (space.loose()) {
            footers.cutTo(end);
            space.loosen(false);
        }
        growth = 0;
        for (VhdExtent extent : freed) {
            if (extent.from() < end) {
                storage.discard(extent.from(), Math.min(end, extent.to()) - extent.from());
            }
        }
    }
}
