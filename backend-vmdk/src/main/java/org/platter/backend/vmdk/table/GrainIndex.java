// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.table;

import java.io.IOException;
import org.platter.backend.vmdk.layout.HostedHeader;
import org.platter.backend.vmdk.layout.Layout;
import org.platter.storage.Storage;

/** The tables of an extent that is only read, for other packages. Threading is that of the tables. */
public final class GrainIndex {
    private final Layout layout;
    private final GrainDirectory directory;
    private final GrainTables tables;

    private GrainIndex(Storage storage, Layout layout) throws IOException {
        this.layout = layout;
        tables = new GrainTables(storage, layout, false, false);
        directory = tables.primary;
    }

    /** The tables that a header names; a redundant copy is not looked at. */
    public static GrainIndex open(Storage storage, HostedHeader header) throws IOException {
        Layout layout = header.layout(storage.size());
        return new GrainIndex(storage, layout.grown(layout.size(), layout.directory(), -1));
    }

    /** The entry of a grain: a sector number, or 0. */
    public int entry(long grain) throws IOException {
        return tables.entry(grain);
    }

    /** True if the entry 1 means zeroes. */
    public boolean zeroMarks() {
        return layout.zeroMarks();
    }

    /** The first grain from {@code from} on whose entry is not 0, or {@code to}, or when patience ends one before. */
    public long nextUsed(long from, long to, long patience) throws IOException {
        return tables.nextUsed(from, to, patience);
    }

    /** Where to go on after a fault at a grain: behind it, or behind its table if that is the fault. */
    public long skipBroken(long grain) throws IOException {
        long table = grain / layout.tableEntries();
        return directory.broken(table) ? (table + 1) * layout.tableEntries() : grain + 1;
    }
}
