// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.sparse;

import java.io.IOException;
import java.util.BitSet;
import java.util.function.Supplier;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.backend.vmdk.layout.Layout;
import org.platter.backend.vmdk.table.GrainDirectory;
import org.platter.backend.vmdk.table.GrainTables;
import org.platter.backend.vmdk.table.Space;
import org.platter.storage.Storage;

/**
 * One look at all tables of a sparse extent: finds out what is in use in its file, and tells of every contradiction. Time
 * and memory go with the tables that are really there, each of which is read once. For one thread.
 */
final class SparseScan {
    /** Kinds of contradictions. */
    enum Fault {
        /** A directory names a table outside of the file; the index is that of the table. */
        TABLE,
        /** Two tables overlap, or a table and a directory; the index is that of the table. */
        TABLE_SHARED,
        /** An entry names a place where no grain can be; the index is that of the grain. */
        PLACE,
        /** The file ends inside a grain; the index is that of the grain. */
        CUT_OFF,
        /** Two grains overlap, or a grain and a table; the index is that of the grain. */
        SHARED,
        /** The two copies of a table differ; the index is that of the table. */
        MIRROR
    }

    /** Is told of contradictions. */
    @FunctionalInterface
    interface Listener {
        /** One contradiction. */
        void found(Fault fault, long index, Supplier<String> what);
    }

    /** Sees every entry that is not 0. */
    @FunctionalInterface
    private interface Visitor {
        void entry(long grain, int entry);
    }

    private final Layout layout;
    private final GrainTables tables;
    private final GrainDirectory primary;
    private final GrainDirectory redundant; // or null
    private final Listener listener;
    private final Meanwhile meanwhile;
    private final long size;
    private BitSet aliases = new BitSet(); // tables that are read under another number

    /** A scan of the file as it is now; {@code meanwhile} says what others do to it. */
    SparseScan(Storage storage, Layout layout, GrainTables tables, Listener listener, Meanwhile meanwhile)
            throws IOException {
        this.meanwhile = meanwhile;
        this.layout = layout;
        this.tables = tables;
        this.listener = listener;
        primary = tables.primary;
        redundant = tables.redundant;
        size = storage.size();
    }

    /** Runs, and gives what is in use. */
    Space run() throws IOException {
        TableOverlaps overlaps = new TableOverlaps(layout, tables, listener);
        overlaps.find();
        aliases = overlaps.aliases();
        meanwhile.advance(layout.directoryBytes());
        Space space = new Space(unit(), layout.grain(), size);
        space.take(0, layout.floor());
        take(space, primary, layout.directory());
        if (redundant != null) {
            take(space, redundant, layout.redundant());
            compare();
        }
        visit((grain, entry) -> take(space, grain, entry));
        space.take(0, layout.overhead()); // where others do not look for grains
        return space;
    }

    private void take(Space space, GrainDirectory from, long position) throws IOException {
        space.take(position, position + layout.directoryBytes());
        if (from.contiguous()) {
            long start = Sectors.position(from.table(0));
            space.take(start, start + layout.tables() * layout.tableBytes());
            return;
        }
        for (long table = 0; table < layout.tables(); table++) {
            int sector = from.table(table);
            if (sector != 0 && !from.broken(table)) {
                space.take(Sectors.position(sector), Sectors.position(sector) + layout.tableBytes());
            }
        }
    }

    private void take(Space space, long grain, int entry) {
        if (entry == 1 && layout.zeroMarks()) {
            return;
        }
        long position = Sectors.position(entry);
        if (meanwhile.touched(position, position + layout.grain())) {
            return;
        }
        if (!placed(grain, entry)) {
            boolean cutOff = entry != 1 && layout.starts(position, size);
            listener.found(
                    cutOff ? Fault.CUT_OFF : Fault.PLACE, grain, () -> SparseExtent.misplaced(grain, entry, size));
            if (!cutOff) {
                return;
            }
        }
        if (!space.take(position, position + layout.grain())) {
            listener.found(
                    Fault.SHARED,
                    grain,
                    () -> "VMDK grain table: grain " + grain + " at sector " + Integer.toUnsignedString(entry)
                            + " shares bytes with another grain or a table");
        }
    }

    private boolean placed(long grain, int entry) {
        return entry != 1 && layout.placed(grain, Sectors.position(entry), layout.size(), size);
    }

    /** The largest power of two that divides the places of all grains. */
    private long unit() throws IOException {
        int[] bits = {(int) (layout.grain() / Sectors.BYTES)};
        visit((grain, entry) -> bits[0] |= layout.starts(Sectors.position(entry), size) ? entry : 0);
        return Integer.toUnsignedLong(Integer.lowestOneBit(bits[0])) * Sectors.BYTES;
    }

    private void visit(Visitor visitor) throws IOException {
        long grains = layout.grains();
        for (long grain = 0; grain < grains; ) {
            grain = unseen(grain, grains);
            grain = tables.skip(grain, grains);
            long past = Math.min(grains, grain + layout.tableEntries());
            if (grain < past && readable(grain / layout.tableEntries())) {
                for (grain = tables.nextUsed(grain, past, past); grain < past; ) {
                    visitor.entry(grain, tables.entry(grain));
                    grain = tables.nextUsed(grain + 1, past, past);
                }
                meanwhile.advance(layout.tableBytes());
            }
            grain = past;
        }
    }

    /** Passes over tables that are read under another number; {@code grain} is the first of its table. */
    private long unseen(long grain, long to) {
        return Math.min(to, (long) aliases.nextClearBit((int) (grain / layout.tableEntries())) * layout.tableEntries());
    }

    private boolean readable(long table) throws IOException {
        return !aliases.get((int) table) && !primary.broken(table) && (redundant == null || !redundant.broken(table));
    }

    private void compare() throws IOException {
        long grains = layout.grains();
        for (long grain = 0; grain < grains; ) {
            grain = unseen(grain, grains);
            grain = Math.min(primary.skip(grain, grains), redundant.skip(grain, grains));
            long past = Math.min(grains, grain + layout.tableEntries());
            if (grain < past && readable(grain / layout.tableEntries())) {
                compare(grain, past);
                meanwhile.advance(2L * layout.tableBytes());
            }
            grain = past;
        }
    }

    private void compare(long first, long past) throws IOException {
        long table = first / layout.tableEntries();
        long different = 0;
        for (long grain = first; grain < past; grain++) {
            different += primary.entry(grain) == redundant.entry(grain) ? 0 : 1;
        }
        if (different > 0 || primary.table(table) == 0 != (redundant.table(table) == 0)) {
            long count = different;
            listener.found(
                    Fault.MIRROR,
                    table,
                    () -> "VMDK grain table " + table + ": " + count + " entries differ from those of its copy");
        }
    }
}
