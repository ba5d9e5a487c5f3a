// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.extent;

import java.io.IOException;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.format.Run;

/**
 * One extent of a disk: a map over offsets that count from its own start. The methods promise what those of the same
 * name on {@link org.platter.format.Image} do, and are called by the same threads: {@link #map} by any at any time, the
 * others by one at a time.
 */
public interface Extent {
    /** Bytes of the disk that it holds. */
    long size();

    /** Bytes of its allocation unit, or 0. */
    default long blockSize() {
        return 0;
    }

    /** Entries of its directory of tables, each of which costs memory. */
    default long directoryEntries() {
        return 0;
    }

    /** The first run at {@code offset}. */
    Run map(long offset, long length) throws IOException;

    /** Fails with {@code CORRUPT} if the extent is too damaged to be changed; changes nothing. */
    default void checkSound() throws IOException {}

    /** Reserves storage. */
    default Run.Data allocate(long offset, long length) throws IOException {
        throw fixed();
    }

    /** Makes a run visible. */
    default void remap(Run run) throws IOException {
        throw fixed();
    }

    private static DiskException fixed() {
        return new DiskException(ErrorCode.NOT_SUPPORTED, "VMDK extent: has no map that could change");
    }

    /** True if {@link #remap} accepts and stores {@link Run.Zero}. */
    default boolean zeroMarks() {
        return false;
    }

    /** True if {@link #remap} changes a map, so that storage is given back and handed out anew. */
    default boolean dynamic() {
        return false;
    }

    /** True if {@link #grow} works. */
    default boolean growable() {
        return false;
    }

    /** Makes room for {@code size} bytes; the descriptor decides when they count. */
    default void grow(long size) throws IOException {
        throw new DiskException(ErrorCode.NOT_SUPPORTED, "VMDK extent: of a kind that cannot grow");
    }

    /** Adds faults to the report, {@code start} bytes up. Other calls may come in where progress is told. */
    default void check(CheckReport.Builder report, long start, Progress progress) throws IOException {}

    /** Adds faults to the report and mends them as far as the mode allows. */
    default void repair(CheckReport.Builder report, long start, RepairMode mode, Progress progress) throws IOException {
        check(report, start, progress);
    }

    /** Makes all changes durable, data before the tables that name it. */
    default void flush() throws IOException {}

    /** Lets go of memory and marks the extent as closed in order, if it is. */
    default void close() throws IOException {}
}
