// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.table;

import java.io.IOException;
import org.platter.backend.vmdk.layout.Layout;
import org.platter.storage.Storage;

/**
 * The tables of a sparse extent, with their redundant copy where there is one. The first copy counts; after an unclean
 * shutdown an entry that is 0 there is taken from the second, because a crash can fall between the two.
 */
public final class GrainTables {
    public final GrainDirectory primary;
    public final GrainDirectory redundant; // or null
    private final Storage storage;
    private final Layout layout;
    private volatile boolean merging;

    /** Tables as they are in the storage. {@code merging} after an unclean shutdown; {@code scattered} to move tables. */
    public GrainTables(Storage storage, Layout layout, boolean merging, boolean scattered) throws IOException {
        this.storage = storage;
        this.layout = layout;
        primary = new GrainDirectory(storage, layout, layout.directory(), scattered);
        redundant = layout.mirrored() ? new GrainDirectory(storage, layout, layout.redundant(), scattered) : null;
        this.merging = merging && redundant != null;
    }

    /** The entry of a grain: 0, 1 or a sector number, unsigned. */
    public int entry(long grain) throws IOException {
        int entry = primary.entry(grain);
        return entry == 0 && merging ? redundant.entry(grain) : entry;
    }

    /** Changes both copies; there must be tables for the grain. */
    public void entry(long grain, int value) throws IOException {
        if (redundant != null) {
            redundant.entry(grain, value);
        }
        primary.entry(grain, value);
    }

    /** True if both copies have a table for this range of grains. */
    public boolean present(long table) throws IOException {
        return primary.table(table) != 0 && (redundant == null || redundant.table(table) != 0);
    }

    /** From now on both copies agree. */
    public void merged() {
        merging = false;
    }

    /**
     * The first grain from {@code from} on, at most {@code to}, whose entry is not 0. Stops early at a grain with an
     * entry of 0 when {@code patience} entries have been looked at.
     */
    public long nextUsed(long from, long to, long patience) throws IOException {
        long at = from;
        for (long looked = 0; at < to && looked < patience; ) {
            if (at % layout.tableEntries() == 0) {
                at = skip(at, to);
            }
            if (at == to) {
                return at;
            }
            long end = Math.min(to, (at / layout.tableEntries() + 1) * layout.tableEntries());
            long used = primary.zeroesEnd(at, end);
            used = merging ? redundant.zeroesEnd(at, used) : used;
            if (used < end) {
                return used;
            }
            looked += end - at;
            at = end;
        }
        return at;
    }

    /** As {@link GrainDirectory#skip}, for the entries that count. */
    public long skip(long grain, long to) throws IOException {
        long next = primary.skip(grain, to);
        return merging ? redundant.skip(grain, next) : next;
    }

    public boolean changed() {
        return primary.changed() || redundant != null && redundant.changed();
    }

    /** Stores all changes; the data that they name must be durable. Tables are durable before a directory names them. */
    public void flush() throws IOException {
        if (redundant != null) {
            redundant.storeEntries();
        }
        primary.storeEntries();
        storage.flush();
        if (primary.directoryChanged() || redundant != null && redundant.directoryChanged()) {
            if (redundant != null) {
                redundant.storeDirectory();
            }
            primary.storeDirectory();
            storage.flush();
        }
    }
}
