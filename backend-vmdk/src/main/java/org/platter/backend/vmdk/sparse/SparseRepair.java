// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.sparse;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.backend.vmdk.sparse.SparseScan.Fault;
import org.platter.backend.vmdk.table.GrainDirectory;
import org.platter.backend.vmdk.table.GrainTables;
import org.platter.backend.vmdk.table.Space;
import org.platter.format.CheckReport;
import org.platter.format.CheckReport.Severity;

/**
 * Mends what {@link SparseCheck} finds. Tables come first, because only then all grains are known; shared grains are
 * copied, so that each name keeps the bytes that it reads; names of nothing are dropped. For one thread.
 */
final class SparseRepair {
    private record Found(Fault fault, long index, String what) {}

    private final SparseExtent extent;
    private final CheckReport.Builder report;
    private final SparseCheck check;

    SparseRepair(SparseExtent extent, CheckReport.Builder report, long start) {
        this.extent = extent;
        this.report = report;
        check = new SparseCheck(extent, report, start);
    }

    void repair() throws IOException {
        if (extent.uncleanAtOpen()) {
            report.note(-1, "VMDK sparse extent: was not closed in order");
        }
        List<Found> faults = faults();
        if (faults.stream().anyMatch(each -> each.fault() == Fault.TABLE || each.fault() == Fault.TABLE_SHARED)) {
            extent.scatter();
            faults = faults();
            extent.allocator().keepAll(extent.storage().size()); // grains of such tables are not known yet
            mend(faults, Fault.TABLE, this::replaceTable);
            mend(faults, Fault.TABLE_SHARED, this::copyTable);
            extent.flush();
            faults = faults();
        }
        mend(faults, Fault.PLACE, this::drop);
        mend(faults, Fault.CUT_OFF, this::complete);
        mend(faults, Fault.SHARED, this::copy);
        if (mend(faults, Fault.MIRROR, table -> {}) > 0) {
            new TableMaker(extent).mend();
        }
        List<Space.Range> leaks = leaks();
        extent.flush();
        for (Space.Range each : leaks) {
            long to = Math.min(each.to(), extent.storage().size());
            if (each.from() < to) {
                extent.storage().zero(each.from(), to - each.from());
            }
        }
        extent.storage().flush();
        extent.repaired();
    }

    private List<Found> faults() throws IOException {
        List<Found> faults = new ArrayList<>();
        SparseScan.Listener listener = (fault, index, what) -> faults.add(new Found(fault, index, text(faults, what)));
        extent.beginRepair(new SparseScan(extent.storage(), extent.layout(), extent.tables(), listener).run());
        return faults;
    }

    private static String text(List<Found> faults, Supplier<String> what) {
        return faults.size() < CheckReport.MOST ? what.get() : "";
    }

    /** Mends one fault. */
    @FunctionalInterface
    private interface Cure {
        void apply(long index) throws IOException;
    }

    private int mend(List<Found> faults, Fault kind, Cure cure) throws IOException {
        int mended = 0;
        for (Found each : faults) {
            if (each.fault() == kind) {
                cure.apply(each.index());
                report.repaired(Severity.ERROR, check.offset(kind, each.index()), each.what());
                mended++;
            }
        }
        return mended;
    }

    /** A table that is nowhere is replaced by its copy, or its grains are free. */
    private void replaceTable(long table) throws IOException {
        GrainTables tables = extent.tables();
        dropBroken(tables.primary, table);
        if (tables.redundant != null) {
            dropBroken(tables.redundant, table);
            restore(tables, table);
        }
    }

    private static void dropBroken(GrainDirectory directory, long table) throws IOException {
        if (directory.broken(table)) {
            directory.drop(table);
        }
    }

    private void restore(GrainTables tables, long table) throws IOException {
        boolean first = tables.primary.table(table) != 0;
        boolean second = tables.redundant.table(table) != 0;
        if (first != second) {
            GrainDirectory whole = first ? tables.primary : tables.redundant;
            int[] entries = entries(whole, table);
            new TableMaker(extent).ensure(table);
            put(tables, table, entries);
        }
    }

    /** A table that shares its place moves to a new one, with the entries that it reads as. */
    private void copyTable(long table) throws IOException {
        GrainTables tables = extent.tables();
        int[] entries = entries(tables.primary, table);
        tables.primary.drop(table);
        if (tables.redundant != null) {
            tables.redundant.drop(table);
        }
        new TableMaker(extent).ensure(table);
        put(tables, table, entries);
    }

    private int[] entries(GrainDirectory directory, long table) throws IOException {
        int[] entries = new int[extent.layout().tableEntries()];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = directory.entry(table * entries.length + i);
        }
        return entries;
    }

    private static void put(GrainTables tables, long table, int[] entries) throws IOException {
        for (int i = 0; i < entries.length; i++) {
            tables.entry(table * entries.length + i, entries[i]);
        }
    }

    private void drop(long grain) throws IOException {
        new TableMaker(extent).ensure(grain / extent.layout().tableEntries());
        extent.tables().entry(grain, 0);
    }

    /** What the file has of a grain stays, the rest becomes zeroes. */
    private void complete(long grain) throws IOException {
        long past =
                Sectors.position(extent.tables().entry(grain)) + extent.layout().grain();
        extent.storage().resize(Math.max(past, extent.storage().size()));
    }

    private void copy(long grain) throws IOException {
        new TableMaker(extent).ensure(grain / extent.layout().tableEntries());
        long bytes = extent.layout().grain();
        long from = Sectors.position(extent.tables().entry(grain));
        Space.Range range = extent.allocator().reserve(1);
        extent.allocator().use(range.from(), range.to());
        long there = Math.min(bytes, extent.storage().size() - from);
        extent.storage().transferTo(from, there, extent.storage(), range.from());
        extent.tables().entry(grain, (int) (range.from() / Sectors.BYTES));
    }

    /** Where data is that nothing names: it becomes a hole, or is cut off. */
    private List<Space.Range> leaks() throws IOException {
        List<Space.Range> leaks = new ArrayList<>();
        SparseScan.Listener none = (fault, index, what) -> {};
        Space space = new SparseScan(extent.storage(), extent.layout(), extent.tables(), none).run();
        check.leaks(space, (from, to, grains) -> {
            leaks.add(new Space.Range(from, to));
            String what = SparseCheck.leak(from, to);
            for (long grain = 0; grain < grains; grain++) {
                report.repaired(Severity.LEAK, -1, what);
            }
        });
        return leaks;
    }
}
