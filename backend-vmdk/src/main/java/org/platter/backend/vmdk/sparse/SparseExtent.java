// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.sparse;

import java.io.IOException;
import java.util.function.Supplier;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Extent;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.backend.vmdk.layout.Layout;
import org.platter.backend.vmdk.table.GrainTables;
import org.platter.backend.vmdk.table.Space;
import org.platter.error.DiskException;
import org.platter.format.CheckReport;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.format.Run;
import org.platter.storage.ReadOnlyStorage;
import org.platter.storage.Storage;

/**
 * An extent whose grains are found by tables of sector numbers: hosted sparse or COWD. {@link #map} takes no lock; all
 * other methods are called by one thread at a time.
 */
public final class SparseExtent implements Extent {
    /** Adjacent grains are one run up to this length, bytes. */
    private static final long MOST_RUN = 16L << 20;

    /** Entries that one call of map looks at to find the end of a free stretch. */
    private static final long PATIENCE = 1L << 20;

    private final Storage storage;
    private final HeaderFile header;
    private volatile Storage shown; // the storage, or a view that refuses changes
    private volatile Layout layout;
    private volatile GrainTables tables;
    private volatile long size; // of the extent, at most what the tables cover
    private volatile long end; // of what is in the file, or will be after the next flush
    private Space space; // null if the extent is open for reading
    private DiskException damage; // why the extent cannot be changed, or null
    private volatile boolean unclean; // not closed in order by whoever wrote it last
    private volatile boolean mendable; // the copies of the tables differ
    private volatile boolean dirty; // marked as unclean by us, with changes that are not durable

    private SparseExtent(Storage storage, HeaderFile header, Layout layout, long size) throws IOException {
        this.storage = storage;
        this.header = header;
        this.layout = layout;
        this.size = size;
        shown = storage;
        end = storage.size();
        unclean = header.unclean();
        tables = new GrainTables(storage, layout, unclean, false);
    }

    /** The hosted extent of a file, {@code size} bytes of it. Writable, unless its tables contradict each other. */
    public static SparseExtent hosted(Storage storage, long size, boolean writable) throws IOException {
        HostedHeaderFile header = new HostedHeaderFile(storage);
        return new SparseExtent(storage, header, header.header().layout(storage.size()), size).prepared(writable);
    }

    /** The COWD extent of a file, {@code size} bytes of it. Writable, unless its tables contradict each other. */
    public static SparseExtent cowd(Storage storage, long size, boolean writable) throws IOException {
        CowdHeaderFile header = new CowdHeaderFile(storage);
        return new SparseExtent(storage, header, header.header().layout(storage.size()), size).prepared(writable);
    }

    private SparseExtent prepared(boolean writable) throws IOException {
        if (size > layout.size()) {
            throw Bad.header(
                    "VMDK sparse extent: the descriptor says " + size + " bytes, its header only " + layout.size());
        }
        if (writable) {
            survey();
        }
        return this;
    }

    /** Learns what is in use in the file, and whether it may be changed. All tables are read, and none is kept. */
    void survey() throws IOException {
        damage = null;
        mendable = false;
        try {
            GrainTables all = new GrainTables(storage, layout, unclean, false);
            space = new SparseScan(storage, layout, all, this::note, Meanwhile.alone(Progress.NONE)).run();
            end = storage.size();
        } catch (DiskException e) {
            damage = e;
        }
        shown = damage == null ? storage : new ReadOnlyStorage(storage, damage.code(), damage.getMessage());
    }

    private void note(SparseScan.Fault fault, long index, Supplier<String> what) {
        if (fault == SparseScan.Fault.MIRROR) {
            mendable = true;
        } else if (damage == null) {
            damage = Bad.corrupt(what.get() + "; the extent can be read and repaired, not changed");
        }
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public long blockSize() {
        return layout.grain();
    }

    @Override
    public boolean zeroMarks() {
        return layout.zeroMarks();
    }

    @Override
    public long directoryEntries() {
        return layout.tables();
    }

    @Override
    public boolean dynamic() {
        return true;
    }

    @Override
    public boolean growable() {
        return true;
    }

    Storage storage() {
        return storage;
    }

    Layout layout() {
        return layout;
    }

    GrainTables tables() {
        return tables;
    }

    Space space() {
        return space;
    }

    boolean uncleanAtOpen() {
        return unclean;
    }

    @Override
    public Run map(long offset, long length) throws IOException {
        long grain = offset >> layout.shift();
        int entry = tables.entry(grain);
        if (entry == 0) {
            long last = offset + length - 1 >> layout.shift();
            long stop = tables.nextUsed(grain + 1, last + 1, PATIENCE) << layout.shift();
            return new Run.Free(offset, Math.min(stop - offset, length));
        }
        if (entry == 1 && layout.zeroMarks()) {
            long far = Math.min(offset + length, grain + PATIENCE << layout.shift());
            return new Run.Zero(offset, Math.min(length, endOfEqual(grain, far, 1, 0) - offset));
        }
        return data(offset, length, grain, entry);
    }

    private Run data(long offset, long length, long grain, int entry) throws IOException {
        long inside = offset & layout.grain() - 1;
        long position = Sectors.position(entry) + inside;
        if (entry == 1 || !layout.starts(Sectors.position(entry), end) || position >= end) {
            throw Bad.corrupt(misplaced(grain, entry, end));
        }
        if (!placed(grain, entry)) {
            long there = Math.min(layout.grain() - inside, end - position); // the file cuts the rest off
            return new Run.Data(offset, Math.min(length, there), shown, position);
        }
        int step = (int) (layout.grain() / Sectors.BYTES);
        long stop = endOfEqual(grain, offset + Math.min(length, Math.max(MOST_RUN, layout.grain())), entry, step);
        return new Run.Data(offset, Math.min(length, stop - offset), shown, position);
    }

    /** The end of the stretch of grains whose entries grow by {@code step}, at least one grain, about {@code to}. */
    private long endOfEqual(long grain, long to, int entry, int step) throws IOException {
        long last = to - 1 >> layout.shift();
        int expected = entry;
        long at = grain + 1;
        for (; at <= last; at++) {
            expected += step;
            if (tables.entry(at) != expected || step != 0 && !placed(at, expected)) {
                break;
            }
        }
        return at << layout.shift();
    }

    private boolean placed(long grain, int entry) {
        long position = Sectors.position(entry);
        return layout.placed(grain, position, size, end);
    }

    static String misplaced(long grain, int entry, long end) {
        return "VMDK grain table: grain " + grain + " is at sector " + Integer.toUnsignedString(entry)
                + ", which is no place for one, or not for all of it, in a file of " + end + " bytes";
    }

    @Override
    public void checkSound() throws IOException {
        if (damage != null) {
            throw new DiskException(damage.code(), damage.getMessage());
        }
    }

    private void checkWritable() throws IOException {
        checkSound();
        if (space == null || storage.readOnly()) {
            throw Bad.readOnly("VMDK sparse extent: open for reading");
        }
    }

    @Override
    public Run.Data allocate(long offset, long length) throws IOException {
        checkWritable();
        long first = offset >> layout.shift();
        long last = Math.min(offset + length, size) - 1 >> layout.shift();
        long most = Math.max(1, Math.min(last - first + 1, MOST_RUN >> layout.shift()));
        Space.Range range = space.reserve(first, most);
        long start = first << layout.shift();
        long visible = Math.min(range.to() - range.from(), size - start);
        wipe(range.from() + visible, range.to());
        return new Run.Data(start, visible, storage, range.from());
    }

    /** The part of the last grain behind the end of the disk is zero, in case the disk grows. */
    private void wipe(long from, long to) throws IOException {
        long stale = Math.min(to, storage.size()) - from;
        if (stale > 0) {
            storage.zero(from, stale);
        }
    }

    @Override
    public void remap(Run run) throws IOException {
        checkWritable();
        if (((run.offset() | (run.end() == size ? 0 : run.end())) & layout.grain() - 1) != 0) {
            throw new IllegalArgumentException(run + " is not made of whole grains of " + layout.grain());
        }
        begin();
        long first = run.offset() >> layout.shift();
        long past = (run.end() - 1 >> layout.shift()) + 1;
        if (run instanceof Run.Data data) {
            long bytes = past - first << layout.shift();
            space.name(first, data.position(), data.position() + bytes); // first: no failure below may give it back
            if (data.position() + bytes > end) {
                end = data.position() + bytes;
            }
            int sector = (int) (data.position() / Sectors.BYTES);
            for (long grain = first; grain < past; grain++) {
                set(grain, sector);
                sector += (int) (layout.grain() / Sectors.BYTES);
            }
        } else {
            mark(first, past, run instanceof Run.Zero ? 1 : 0);
        }
    }

    private void mark(long first, long past, int value) throws IOException {
        for (long grain = first; grain < past; grain++) {
            if (value == 0) {
                grain = tables.nextUsed(grain, past, Long.MAX_VALUE);
                if (grain == past) {
                    return;
                }
            }
            set(grain, value);
        }
    }

    /** Changes an entry, and lets go of the grain that it named. */
    void set(long grain, int value) throws IOException {
        int old = tables.entry(grain);
        if (old == value) {
            return;
        }
        new TableMaker(this).ensure(grain / layout.tableEntries());
        tables.entry(grain, value);
        if (Integer.compareUnsigned(old, 1) > 0) {
            space.release(Sectors.position(old), Sectors.position(old) + layout.grain());
        }
    }

    /** Marks the extent as open before the first change since the last flush, and makes both tables equal. */
    void begin() throws IOException {
        if (!dirty) {
            header.store(layout, true, end);
            dirty = true;
        }
        if (mendable) {
            new TableMaker(this).mend();
            mendable = false;
        }
    }

    @Override
    public void flush() throws IOException {
        if (space == null || storage.readOnly()) {
            return;
        }
        boolean changed = space.giveBack() || dirty;
        if (dirty && storage.size() < space.end()) {
            storage.resize(space.end()); // the last grain may have been written in part
        }
        storage.flush();
        if (dirty) {
            tables.flush();
            header.store(layout, mendable, space.end());
            unclean = mendable;
            dirty = false;
        }
        if (changed) {
            giveBack();
        }
    }

    private void giveBack() throws IOException {
        var freed = space.settle();
        long used = space.end();
        end = used;
        if (storage.size() > used) {
            storage.resize(used);
        }
        for (Space.Range range : freed) {
            long to = Math.min(range.to(), used);
            if (range.from() < to) {
                storage.discard(range.from(), to - range.from());
            }
        }
    }

    @Override
    public void grow(long newSize) throws IOException {
        checkWritable();
        begin();
        flush();
        Layout wanted = new SparseGrowth(this).grow(newSize);
        header.store(wanted, false, end);
        storage.flush();
        Layout old = layout;
        layout = wanted;
        tables = new GrainTables(storage, wanted, false, false);
        size = newSize;
        survey();
        forget(old.directory(), wanted.directory(), old);
        forget(old.redundant(), wanted.redundant(), old);
    }

    /** The place that a directory has left holds no data. */
    private void forget(long oldDirectory, long newDirectory, Layout old) throws IOException {
        if (oldDirectory != newDirectory) {
            storage.zero(oldDirectory, old.directoryBytes());
        }
    }

    @Override
    public void check(CheckReport.Builder report, long start, Progress progress) throws IOException {
        new SparseCheck(this, report, start).check(progress);
    }

    @Override
    public void repair(CheckReport.Builder report, long start, RepairMode mode, Progress progress) throws IOException {
        if (space == null && damage == null || storage.readOnly()) {
            throw Bad.readOnly("VMDK sparse extent: open for reading");
        }
        new SparseRepair(this, report, start, Meanwhile.alone(progress)).repair(mode);
    }

    /** Marks the extent as open, and takes {@code space} for what is in use; gives tables that can be moved. */
    void beginRepair(Space used) throws IOException {
        space = used;
        header.store(layout, true, end);
        dirty = true;
    }

    /** Reads the tables one by one from now on, so that each can get another place. */
    void scatter() throws IOException {
        tables = new GrainTables(storage, layout, unclean, true);
    }

    /** All that was wrong is mended and durable. */
    void repaired() throws IOException {
        unclean = false;
        tables = new GrainTables(storage, layout, false, false);
        survey();
    }
}
