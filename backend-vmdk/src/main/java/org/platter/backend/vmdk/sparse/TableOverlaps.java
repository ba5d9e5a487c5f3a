// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.sparse;

import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.backend.vmdk.layout.Layout;
import org.platter.backend.vmdk.sparse.SparseScan.Fault;
import org.platter.backend.vmdk.table.GrainDirectory;
import org.platter.backend.vmdk.table.GrainTables;

/**
 * Finds grain tables that are outside of the file, overlap each other or overlap a directory. Tables in one piece count
 * as one. For one thread.
 */
final class TableOverlaps {
    // a packed number: the sector, then this flag, then the number of the table
    private static final int ALL_TABLES = 1 << 23;
    private static final int TABLE_BITS = 24;

    private final Layout layout;
    private final GrainTables tables;
    private final SparseScan.Listener listener;

    TableOverlaps(Layout layout, GrainTables tables, SparseScan.Listener listener) {
        this.layout = layout;
        this.tables = tables;
        this.listener = listener;
    }

    void find() throws IOException {
        long[] packed = new long[Math.toIntExact(count(tables.primary) + count(tables.redundant))];
        int filled = pack(tables.primary, packed, 0);
        pack(tables.redundant, packed, filled);
        Arrays.sort(packed);
        long previousEnd = 0;
        for (long each : packed) {
            long position = (each >>> TABLE_BITS) * Sectors.BYTES;
            long length = ((each & ALL_TABLES) != 0 ? layout.tables() : 1) * layout.tableBytes();
            if (position < previousEnd || inDirectory(position, length)) {
                long table = each & ALL_TABLES - 1;
                listener.found(
                        Fault.TABLE_SHARED,
                        table,
                        () -> "VMDK grain directory: table " + table + " at " + position
                                + " overlaps another table or a directory");
            }
            previousEnd = Math.max(previousEnd, position + length);
        }
    }

    private boolean inDirectory(long position, long length) {
        return overlaps(position, length, layout.directory())
                || layout.mirrored() && overlaps(position, length, layout.redundant());
    }

    private boolean overlaps(long position, long length, long directory) {
        return position < directory + layout.tables() * Integer.BYTES && directory < position + length;
    }

    /**
     * Tables that are read elsewhere already, because directories name their place for an earlier table too. Millions of
     * entries of a directory can name one table; a scan that reads each place once takes no longer than the file is.
     */
    BitSet aliases() throws IOException {
        BitSet aliases = again(tables.primary);
        BitSet others = again(tables.redundant);
        for (int table = aliases.nextSetBit(0); table >= 0; table = aliases.nextSetBit(table + 1)) {
            boolean alone = tables.redundant == null || tables.redundant.table(table) == 0;
            aliases.set(table, alone || others.get(table));
        }
        return aliases;
    }

    private BitSet again(GrainDirectory directory) throws IOException {
        BitSet again = new BitSet();
        if (directory == null || directory.contiguous()) {
            return again;
        }
        long[] places = new long[Math.toIntExact(count(directory))];
        int filled = 0;
        for (long table = 0; table < layout.tables(); table++) {
            int sector = directory.table(table);
            if (sector != 0 && !directory.broken(table)) {
                places[filled++] = Integer.toUnsignedLong(sector) << TABLE_BITS | table;
            }
        }
        Arrays.sort(places);
        for (int i = 1; i < filled; i++) {
            again.set((int) places[i] & ALL_TABLES - 1, places[i] >>> TABLE_BITS == places[i - 1] >>> TABLE_BITS);
        }
        return again;
    }

    private long count(GrainDirectory directory) throws IOException {
        if (directory == null || directory.contiguous()) {
            return directory == null ? 0 : 1;
        }
        long count = 0;
        for (long table = 0; table < layout.tables(); table++) {
            count += directory.table(table) != 0 && !directory.broken(table) ? 1 : 0;
        }
        return count;
    }

    private int pack(GrainDirectory directory, long[] packed, int from) throws IOException {
        if (directory == null) {
            return from;
        }
        if (directory.contiguous()) {
            packed[from] = Integer.toUnsignedLong(directory.table(0)) << TABLE_BITS | ALL_TABLES;
            return from + 1;
        }
        int filled = from;
        for (long table = 0; table < layout.tables(); table++) {
            int sector = directory.table(table);
            if (directory.broken(table)) {
                long broken = table;
                listener.found(
                        Fault.TABLE,
                        table,
                        () -> "VMDK grain directory: entry " + broken + " names sector "
                                + Integer.toUnsignedString(sector) + ", which is no place for a table");
            } else if (sector != 0) {
                packed[filled++] = Integer.toUnsignedLong(sector) << TABLE_BITS | table;
            }
        }
        return filled;
    }
}
