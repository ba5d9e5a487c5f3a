// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.sparse;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.backend.vmdk.layout.Layout;
import org.platter.backend.vmdk.sparse.SparseScan.Fault;
import org.platter.backend.vmdk.table.GrainDirectory;
import org.platter.backend.vmdk.table.GrainTables;
import org.platter.backend.vmdk.table.Space;
import org.platter.format.CheckReport;
import org.platter.format.CheckReport.Severity;
import org.platter.format.RepairMode;

/**
 * Mends what {@link SparseCheck} finds. Tables come first, because only then all grains are known; shared grains are
 * copied, so that each name keeps the bytes that it reads; names of nothing are dropped. For one thread.
 *
 * <p>The rule of what is safe: a place beyond the end of the file may come back, when the rest of a download arrives, and
 * a copy of a table may know what the table has lost. As long as there is such a fault, nothing at all is changed in
 * {@link RepairMode#SAFE}: any mending takes places, and they could be those that the fault names. Copies lose nothing, but
 * a small file can ask for as many as the disk has grains: more than the file has bytes are made only if asked for.
 */
final class SparseRepair {
    private static final long FEW = 64L << 20; // bytes of copies that any file may get

    private record Found(Fault fault, long index, String what) {}

    private final SparseExtent extent;
    private final CheckReport.Builder report;
    private final SparseCheck check;
    private final Meanwhile meanwhile;

    SparseRepair(SparseExtent extent, CheckReport.Builder report, long start, Meanwhile meanwhile) {
        this.extent = extent;
        this.report = report;
        this.meanwhile = meanwhile;
        check = new SparseCheck(extent, report, start);
    }

    void repair(RepairMode mode) throws IOException {
        if (mode == RepairMode.SAFE && refuses()) {
            return;
        }
        if (extent.uncleanAtOpen()) {
            report.note(-1, "VMDK sparse extent: was not closed in order");
        }
        List<Found> faults = faults();
        if (faults.stream().anyMatch(each -> each.fault() == Fault.TABLE || each.fault() == Fault.TABLE_SHARED)) {
            extent.scatter();
            faults = faults();
            extent.space().take(0, extent.storage().size()); // grains of such tables are not known yet
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

    /** Reports all faults and changes nothing if mending would give something up, or make the file much larger. */
    private boolean refuses() throws IOException {
        List<Found> faults = new ArrayList<>();
        scan((fault, index, what) -> faults.add(new Found(fault, index, text(faults, what))));
        boolean[] lossy = new boolean[faults.size()];
        boolean any = false;
        for (int i = 0; i < lossy.length; i++) {
            lossy[i] = !loss(faults.get(i)).isEmpty();
            any |= lossy[i];
        }
        long copies = count(faults, Fault.SHARED) * extent.layout().grain()
                + count(faults, Fault.TABLE_SHARED) * 2 * extent.layout().tableBytes();
        boolean many = copies > Math.max(extent.storage().size(), FEW);
        String others = any
                ? "others cannot be mended without a loss"
                : "copies of what is shared take " + copies + " bytes more";
        for (int i = 0; (any || many) && i < lossy.length; i++) {
            Found each = faults.get(i);
            String why = "; left as it is, because " + (lossy[i] ? "mending gives up " + loss(each) : others);
            report.error(check.offset(each.fault(), each.index()), each.what() + why);
        }
        return any || many;
    }

    private static long count(List<Found> faults, Fault fault) {
        return faults.stream().filter(each -> each.fault() == fault).count();
    }

    /** What mending a fault gives up, or empty. */
    private String loss(Found fault) throws IOException {
        Layout layout = extent.layout();
        GrainTables tables = extent.tables();
        return switch (fault.fault()) {
            case PLACE -> recoverable(fault.index()) ? layout.grain() + " bytes of the disk" : "";
            case CUT_OFF -> "what is missing of " + layout.grain() + " bytes of the disk, which will be zeroes";
            case TABLE ->
                replaceable(fault.index()) ? "" : layout.grain() * layout.tableEntries() + " bytes of the disk";
            case MIRROR -> onlyInCopy(tables, fault.index()) ? "grains that only the copy of the table names" : "";
            case TABLE_SHARED, SHARED -> "";
        };
    }

    /** True if what an entry names may come back, or the copy of the table names a place that is there. */
    private boolean recoverable(long grain) throws IOException {
        GrainTables tables = extent.tables();
        long size = extent.storage().size();
        int entry = tables.entry(grain);
        boolean beyond = Sectors.position(entry) >= size;
        int copy = tables.redundant == null ? entry : tables.redundant.entry(grain);
        return beyond || copy != entry && extent.layout().starts(Sectors.position(copy), size);
    }

    private boolean replaceable(long table) throws IOException {
        GrainTables tables = extent.tables();
        boolean first = tables.primary.table(table) != 0 && !tables.primary.broken(table);
        boolean second =
                tables.redundant != null && tables.redundant.table(table) != 0 && !tables.redundant.broken(table);
        return first || second;
    }

    /** True if grains are free by the table that counts, and somewhere by its copy. */
    private boolean onlyInCopy(GrainTables tables, long table) throws IOException {
        long first = table * extent.layout().tableEntries();
        for (long grain = first; grain < first + extent.layout().tableEntries(); grain++) {
            if (tables.entry(grain) == 0 && Integer.compareUnsigned(tables.redundant.entry(grain), 1) > 0) {
                return true;
            }
        }
        return false;
    }

    private Space scan(SparseScan.Listener listener) throws IOException {
        return new SparseScan(extent.storage(), extent.layout(), extent.tables(), listener, meanwhile).run();
    }

    private List<Found> faults() throws IOException {
        List<Found> faults = new ArrayList<>();
        SparseScan.Listener listener = (fault, index, what) -> faults.add(new Found(fault, index, text(faults, what)));
        extent.beginRepair(scan(listener));
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
                String loss = loss(each);
                cure.apply(each.index());
                String what = each.what() + (loss.isEmpty() ? "" : "; lost: " + loss);
                report.repaired(Severity.ERROR, check.offset(kind, each.index()), what);
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
        Space.Range range = extent.space().reserve(grain, 1);
        extent.space().name(grain, range.from(), range.to());
        long there = Math.min(bytes, extent.storage().size() - from);
        extent.storage().transferTo(from, there, extent.storage(), range.from());
        extent.tables().entry(grain, (int) (range.from() / Sectors.BYTES));
    }

    /** Where data is that nothing names: it becomes a hole, or is cut off. */
    private List<Space.Range> leaks() throws IOException {
        List<Space.Range> leaks = new ArrayList<>();
        Space space = scan((fault, index, what) -> {});
        check.leaks(space, meanwhile, (from, to, grains) -> {
            leaks.add(new Space.Range(from, to));
            String what = SparseCheck.leak(from, to);
            for (long grain = 0; grain < grains; grain++) {
                report.repaired(Severity.LEAK, -1, what);
            }
        });
        return leaks;
    }
}
