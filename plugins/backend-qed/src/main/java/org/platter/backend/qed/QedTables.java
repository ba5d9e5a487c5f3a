// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qed;

import java.io.IOException;
import java.nio.ByteOrder;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;
import org.platter.table.EntryTable;

/**
 * The tables of both levels. An entry of 64 bits is two of the shared table, which knows 32: the lower half is the first.
 * Nothing changes here, so the halves belong together. For any thread; reads a page when it is first needed.
 */
final class QedTables {
    private static final int LEAST_PAGE = 1 << 14; // halves
    private static final long MOST_PAGES = 1 << 20;

    private final QedHeader header;
    private final long fileSize;
    private final EntryTable first;
    private final EntryTable second;

    QedTables(Storage storage, QedHeader header) throws IOException {
        this.header = header;
        fileSize = storage.size();
        first = EntryTable.contiguous(storage, ByteOrder.LITTLE_ENDIAN, header.l1Position(), 2 * header.tableEntries());
        long halves = 2 * header.clusters();
        long page = Math.max(LEAST_PAGE, Long.highestOneBit(Math.max(1, halves / MOST_PAGES)) * 2);
        int halvesOfPage = (int) Math.min(page, 2 * header.tableEntries());
        second = new EntryTable(
                storage, ByteOrder.LITTLE_ENDIAN, halves, halvesOfPage, number -> position(number, halvesOfPage));
    }

    /** Where a page of the second level is: a piece of the table that the first level names. */
    private long position(long page, int halvesOfPage) throws IOException {
        long index = page * halvesOfPage / (2 * header.tableEntries());
        long table = entry(first, index);
        if (table == 0) {
            return -1;
        }
        require(table, header.tableBytes(), "first table: entry " + index);
        return table + page * halvesOfPage % (2 * header.tableEntries()) * Integer.BYTES;
    }

    private static long entry(EntryTable table, long index) throws IOException {
        return Integer.toUnsignedLong(table.get(2 * index)) | (long) table.get(2 * index + 1) << Integer.SIZE;
    }

    /** What is said of a cluster of the disk: 0 nothing, 1 zeroes, else its position. */
    long cluster(long index) throws IOException {
        return entry(second, index);
    }

    /** The first cluster after {@code index} of which something else is said, or {@code end}; for 0 and 1 only. */
    long runEnd(long index, long end) throws IOException {
        long value = cluster(index);
        long at = index + 1;
        if (value == 0) {
            return Math.max(at, second.runEnd(2 * index, 2 * end) / 2);
        }
        while (at < end && cluster(at) == value) {
            at++;
        }
        return at;
    }

    /** Refuses a place outside the file or on no border of a cluster. */
    void require(long position, long length, String what) throws DiskException {
        if (position < (long) header.headerClusters() * header.cluster()
                || position % header.cluster() != 0
                || position > fileSize - length) {
            throw new DiskException(
                    ErrorCode.CORRUPT,
                    "QED " + what + ": " + length + " bytes at " + Long.toUnsignedString(position) + " in a file of "
                            + fileSize);
        }
    }
}
