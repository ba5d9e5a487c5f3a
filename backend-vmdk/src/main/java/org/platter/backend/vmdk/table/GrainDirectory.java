// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.table;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteOrder;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.backend.vmdk.layout.Layout;
import org.platter.storage.Storage;
import org.platter.table.EntryTable;

/**
 * One grain directory with its grain tables. Where all tables lie behind each other, as most writers lay them out, they
 * are read as one, unless they are to be moved. Threading is that of {@link EntryTable}.
 */
public final class GrainDirectory {
    private final Storage storage;
    private final Layout layout;
    private final EntryTable directory;
    private final EntryTable entries;
    private volatile long seenEnd; // of the file, which may have grown since
    private final long start; // of all tables in one piece, else -1

    public GrainDirectory(Storage storage, Layout layout, long directoryPosition, boolean scattered)
            throws IOException {
        this.storage = storage;
        this.layout = layout;
        directory = EntryTable.contiguous(storage, ByteOrder.LITTLE_ENDIAN, directoryPosition, layout.tables());
        start = scattered ? -1 : onePiece();
        long count = layout.tables() * layout.tableEntries();
        entries = start >= 0
                ? EntryTable.contiguous(storage, ByteOrder.LITTLE_ENDIAN, start, count)
                : new EntryTable(storage, ByteOrder.LITTLE_ENDIAN, count, layout.tableEntries(), this::place);
    }

    private long onePiece() throws IOException {
        int sectors = layout.tableBytes() / Sectors.BYTES;
        int first = table(0);
        long end = Sectors.position(first) + layout.tables() * layout.tableBytes();
        if (Sectors.position(first) < layout.floor() || end > Math.min(storage.size(), Sectors.END)) {
            return -1;
        }
        int expected = first;
        for (long table = 1; table < layout.tables(); table++) {
            expected += sectors;
            if (table(table) != expected) {
                return -1;
            }
        }
        return Sectors.position(first);
    }

    private long place(int table) throws IOException {
        int sector = table(table);
        if (sector == 0) {
            return -1;
        }
        long position = Sectors.position(sector);
        if (misplaced(position)) {
            throw Bad.corrupt("VMDK grain directory: entry " + table + " names a grain table at " + position
                    + ", outside of " + layout.floor() + " to " + storage.size());
        }
        return position;
    }

    /** A directory can have millions of entries: the host is asked again only where the end as it was is too near. */
    private boolean misplaced(long position) throws IOException {
        if (position > seenEnd - layout.tableBytes()) {
            seenEnd = storage.size();
        }
        return position < layout.floor() || position > seenEnd - layout.tableBytes();
    }

    /** The directory's entry, a sector number or 0. */
    public int table(long table) throws IOException {
        try {
            return directory.get(table);
        } catch (EOFException e) {
            throw Bad.corrupt("VMDK grain directory: entry " + table + " is behind the end of the file");
        }
    }

    /** True if the directory's entry names no place where a grain table could be. */
    public boolean broken(long table) throws IOException {
        int sector = table(table);
        return sector != 0 && start < 0 && misplaced(Sectors.position(sector));
    }

    /** True if all tables lie behind each other. */
    public boolean contiguous() {
        return start >= 0;
    }

    public void table(long table, int sector) throws IOException {
        directory.set(table, sector);
    }

    /** Forgets a table that has no place any more. */
    public void drop(long table) throws IOException {
        entries.forget((int) table);
        directory.set(table, 0);
    }

    /** The entry of a grain; 0 also where there is no table. */
    public int entry(long grain) throws IOException {
        try {
            return entries.get(grain);
        } catch (EOFException e) {
            throw Bad.corrupt("VMDK grain table: entry " + grain + " is behind the end of the file");
        }
    }

    /** The first grain from {@code grain} on with an entry that is not 0, or {@code end}. */
    public long zeroesEnd(long grain, long end) throws IOException {
        if (grain == end || entry(grain) != 0) {
            return grain;
        }
        try {
            return entries.runEnd(grain, end);
        } catch (EOFException e) {
            throw Bad.corrupt("VMDK grain table: entries " + grain + " to " + end + " are behind the end of the file");
        }
    }

    public void entry(long grain, int value) throws IOException {
        entries.set(grain, value);
    }

    /**
     * The first grain from {@code grain} on, at most {@code to}, that has to be looked up: those before have no table,
     * or one that the host says was never written. Looks only where a table starts.
     */
    public long skip(long grain, long to) throws IOException {
        if (grain % layout.tableEntries() != 0) {
            return grain;
        }
        return start >= 0 ? Math.min(to, afterHole(grain)) : Math.min(to, afterHoles(grain, to));
    }

    private long afterHole(long grain) throws IOException {
        if (entries.changed()) {
            return grain;
        }
        long position = start + grain * Integer.BYTES;
        long whole = (storage.nextData(position) - position) / layout.tableBytes();
        return grain + whole * layout.tableEntries();
    }

    private long afterHoles(long grain, long to) throws IOException {
        boolean sure = !entries.changed();
        long hole = 0; // the last one seen, from inclusive to exclusive
        long data = 0;
        long at = grain;
        for (; at < to; at += layout.tableEntries()) {
            long position = Sectors.position(table(at / layout.tableEntries()));
            if (position != 0 && sure && (position < hole || position >= data)) {
                hole = position;
                data = storage.nextData(position);
            }
            if (position != 0 && (!sure || position + layout.tableBytes() > data)) {
                return at;
            }
        }
        return at;
    }

    public boolean changed() {
        return entries.changed() || directory.changed();
    }

    public boolean directoryChanged() {
        return directory.changed();
    }

    public void storeEntries() throws IOException {
        entries.flush();
    }

    public void storeDirectory() throws IOException {
        directory.flush();
    }
}
