// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.sparse;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteOrder;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Extent;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.backend.vmdk.layout.SeSparseHeader;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.Progress;
import org.platter.format.Run;
import org.platter.storage.Storage;
import org.platter.table.EntryTable;

/**
 * A space-efficient sparse extent, for reading. Its entries have 64 bits: a kind in the highest four, and for data the
 * number of the grain, its low part in bits 48 to 59. The tables are read as halves, the low one first.
 */
public final class SeSparseExtent implements Extent {
    private static final int SHIFT = 12;
    private static final int GRAIN = 1 << SHIFT;
    private static final long TABLE = (long) GRAIN * SeSparseHeader.TABLE_ENTRIES;
    private static final long MOST_RUN = 16L << 20;

    private final Storage storage;
    private final SeSparseHeader header;
    private final long size;
    private final long end;
    private final EntryTable directory;
    private final EntryTable entries;

    private SeSparseExtent(Storage storage, SeSparseHeader header, long size) throws IOException {
        this.storage = storage;
        this.header = header;
        this.size = size;
        end = storage.size();
        directory = EntryTable.contiguous(
                storage, ByteOrder.LITTLE_ENDIAN, header.directory() * Sectors.BYTES, header.tableCount() * 2);
        entries = EntryTable.contiguous(
                storage,
                ByteOrder.LITTLE_ENDIAN,
                header.tables() * Sectors.BYTES,
                header.tablesSize() * Sectors.BYTES / Integer.BYTES);
    }

    /** The extent of a file, {@code size} bytes of it. */
    public static SeSparseExtent open(Storage storage, long size) throws IOException {
        SeSparseHeader header = SeSparseHeader.read(storage);
        if (size > header.capacity() * Sectors.BYTES) {
            throw Bad.header("VMDK seSparse extent: the descriptor says " + size + " bytes, its header only "
                    + header.capacity() * Sectors.BYTES);
        }
        return new SeSparseExtent(storage, header, size);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public long blockSize() {
        return GRAIN;
    }

    @Override
    public Run map(long offset, long length) throws IOException {
        long most = Math.min(length, MOST_RUN);
        long entry = entry(offset >> SHIFT);
        Run run = run(offset, Math.min(most, GRAIN - (offset & GRAIN - 1)), entry);
        while (run.length() < most) {
            Run next = run(run.end(), Math.min(GRAIN, offset + most - run.end()), entry(run.end() >> SHIFT));
            if (!joins(run, next)) {
                break;
            }
            run = longer(run, next.length());
        }
        return run;
    }

    private static boolean joins(Run run, Run next) {
        return run instanceof Run.Data first && next instanceof Run.Data second
                ? first.position() + first.length() == second.position()
                : run.getClass() == next.getClass();
    }

    private static Run longer(Run run, long more) {
        if (run instanceof Run.Data data) {
            return new Run.Data(data.offset(), data.length() + more, data.storage(), data.position());
        }
        return run instanceof Run.Zero
                ? new Run.Zero(run.offset(), run.length() + more)
                : new Run.Free(run.offset(), run.length() + more);
    }

    private Run run(long offset, long length, long entry) throws IOException {
        int kind = (int) (entry >>> 60);
        switch (kind) {
            case 0:
                return new Run.Free(offset, length);
            case 1:
            case 2:
                return new Run.Zero(offset, length);
            case 3:
                long grain = (entry & 0xFFFF_FFFF_FFFFL) << 12 | entry >>> 48 & 0xFFF;
                return new Run.Data(offset, length, storage, position(offset, length, grain));
            default:
                throw Bad.corrupt("VMDK seSparse table: grain " + (offset >> SHIFT) + " is of unknown kind " + kind);
        }
    }

    private long position(long offset, long length, long grain) throws IOException {
        long start = header.grains() * Sectors.BYTES;
        if (grain > end >> SHIFT || start + (grain << SHIFT) + (offset & GRAIN - 1) + length > end) {
            throw Bad.corrupt("VMDK seSparse table: grain " + (offset >> SHIFT) + " is in place "
                    + Long.toUnsignedString(grain) + ", behind the end of the file at " + end);
        }
        return start + (grain << SHIFT) + (offset & GRAIN - 1);
    }

    private long entry(long grain) throws IOException {
        long table = read(directory, grain / SeSparseHeader.TABLE_ENTRIES);
        if (table == 0) {
            return 0;
        }
        long index = (table & 0xFFFF_FFFFL) * SeSparseHeader.TABLE_ENTRIES + grain % SeSparseHeader.TABLE_ENTRIES;
        if (table >>> 32 != 0x1000_0000 || index * 2 + 1 >= entries.entries()) {
            throw Bad.corrupt("VMDK seSparse directory: entry " + grain / SeSparseHeader.TABLE_ENTRIES + " is 0x"
                    + Long.toHexString(table) + ", which names no table");
        }
        return read(entries, index);
    }

    private static long read(EntryTable table, long index) throws IOException {
        try {
            return Integer.toUnsignedLong(table.get(index * 2)) | (long) table.get(index * 2 + 1) << 32;
        } catch (EOFException e) {
            throw Bad.corrupt("VMDK seSparse table: entry " + index + " is behind the end of the file");
        }
    }

    /** Looks at tables that are there; those that are not cost one entry of the directory each. */
    @Override
    public void check(CheckReport.Builder report, long start, Progress progress) throws IOException {
        for (long at = 0; at < size; at = Math.min(size, (at / TABLE + 1) * TABLE)) {
            progress.advance(Long.BYTES);
            try {
                checkTable(at, progress);
            } catch (DiskException e) {
                if (e.code() == ErrorCode.CANCELLED) {
                    throw e;
                }
                report.error(start + at, e.getMessage()); // one fault of a table is enough
            }
        }
    }

    private void checkTable(long from, Progress progress) throws IOException {
        if (read(directory, from / TABLE) == 0) {
            return;
        }
        long to = Math.min(size, from + TABLE);
        for (long at = from; at < to; ) {
            at = map(at, to - at).end();
        }
        progress.advance(SeSparseHeader.TABLE_ENTRIES * (long) Long.BYTES);
    }
}
