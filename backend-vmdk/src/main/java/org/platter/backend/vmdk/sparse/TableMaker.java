// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.sparse;

import java.io.IOException;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.backend.vmdk.layout.Layout;
import org.platter.backend.vmdk.table.GrainDirectory;
import org.platter.backend.vmdk.table.GrainTables;

/** Makes grain tables where a directory has none, and makes two copies agree. For one thread. */
final class TableMaker {
    private final SparseExtent extent;
    private final Layout layout;
    private final GrainTables tables;

    TableMaker(SparseExtent extent) {
        this.extent = extent;
        layout = extent.layout();
        tables = extent.tables();
    }

    /** Sees to it that every copy has this table; a new one gets the entries of the other copy. */
    void ensure(long table) throws IOException {
        if (tables.present(table)) {
            return;
        }
        int[] entries = new int[layout.tableEntries()];
        long first = table * layout.tableEntries();
        for (int i = 0; i < entries.length; i++) {
            entries[i] = tables.entry(first + i);
        }
        make(tables.primary, table);
        if (tables.redundant != null) {
            make(tables.redundant, table);
        }
        for (int i = 0; i < entries.length; i++) {
            if (entries[i] != 0) {
                tables.entry(first + i, entries[i]);
            }
        }
    }

    private void make(GrainDirectory directory, long table) throws IOException {
        if (directory.table(table) == 0) {
            long position = extent.space().table(layout.tableBytes());
            extent.storage().zero(position, layout.tableBytes());
            directory.table(table, (int) (position / Sectors.BYTES));
        }
    }

    /** Gives both copies the entries that count. */
    void mend() throws IOException {
        for (long table = 0; table < layout.tables(); table++) {
            if (tables.primary.table(table) != 0 || tables.redundant.table(table) != 0) {
                ensure(table);
                mend(table);
            }
        }
        tables.merged();
    }

    private void mend(long table) throws IOException {
        long first = table * layout.tableEntries();
        for (long grain = first; grain < first + layout.tableEntries(); grain++) {
            int entry = tables.entry(grain);
            if (tables.primary.entry(grain) != entry || tables.redundant.entry(grain) != entry) {
                tables.entry(grain, entry);
            }
        }
    }
}
