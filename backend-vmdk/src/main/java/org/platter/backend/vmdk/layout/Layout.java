// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.layout;

import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.error.DiskException;

/**
 * Where the tables of a sparse extent are and what their entries mean. Sizes and positions are bytes.
 *
 * @param size bytes of the disk that the tables cover
 * @param shift logarithm of the grain size
 * @param tableEntries grains of a grain table
 * @param directory position of the grain directory
 * @param redundant position of the second directory, or -1 if there is none
 * @param zeroMarks true if the entry 1 means zeroes
 * @param floor nothing but header and descriptor is below this position
 * @param overhead the file is at least that long, and new grains are not below this position
 */
public record Layout(
        long size,
        int shift,
        int tableEntries,
        long directory,
        long redundant,
        boolean zeroMarks,
        long floor,
        long overhead) {

    /** The most entries of a grain directory: 128 TiB in grains of 64 KiB. */
    public static final long MOST_TABLES = 1L << 22;

    /** Bytes of a grain. */
    public long grain() {
        return 1L << shift;
    }

    /** Grains of the extent, the last perhaps in part. */
    public long grains() {
        return (size - 1 >> shift) + 1;
    }

    /** Grain tables, which is entries of the directory. */
    public long tables() {
        return (grains() + tableEntries - 1) / tableEntries;
    }

    /** Bytes of a grain table. */
    public int tableBytes() {
        return tableEntries * Integer.BYTES;
    }

    /** True if a grain may start at {@code position} of a file with {@code end} bytes. */
    public boolean starts(long position, long end) {
        return position >= floor && position < end;
    }

    /** True if a grain may be at {@code position} of a file with {@code end} bytes, on a disk of {@code diskSize}. */
    public boolean placed(long grain, long position, long diskSize, long end) {
        return position >= floor && position + Math.min(grain(), diskSize - (grain << shift)) <= end;
    }

    /** Bytes of the directory, in whole sectors. */
    public long directoryBytes() {
        return Sectors.roundUp(tables() * Integer.BYTES, Sectors.BYTES);
    }

    /** True if there is a second directory with its own tables. */
    public boolean mirrored() {
        return redundant >= 0;
    }

    /** The same with another size and other directories. */
    public Layout grown(long newSize, long newDirectory, long newRedundant) {
        return new Layout(newSize, shift, tableEntries, newDirectory, newRedundant, zeroMarks, floor, overhead);
    }

    /** Judges sizes and places against each other and the length of the file. */
    public Layout validated(long fileSize) throws DiskException {
        checkTables();
        if (floor > fileSize) {
            throw Bad.header("VMDK sparse extent: descriptor ends at " + floor + " in a file of " + fileSize);
        }
        checkDirectory("grain directory", directory, fileSize);
        if (mirrored()) {
            checkDirectory("redundant grain directory", redundant, fileSize);
            if (Math.abs(directory - redundant) < tables() * Integer.BYTES) {
                throw Bad.header(
                        "VMDK sparse extent: grain directories at " + directory + " and " + redundant + " overlap");
            }
        }
        return this;
    }

    /** Fails if there are more tables than are served. */
    public void checkTables() throws DiskException {
        if (tables() > MOST_TABLES) {
            throw Bad.unsupported("VMDK sparse extent: capacity " + size + " bytes needs a grain directory of "
                    + tables() + " entries, more than " + MOST_TABLES);
        }
    }

    private void checkDirectory(String name, long position, long fileSize) throws DiskException {
        long length = tables() * Integer.BYTES;
        if (position < floor) {
            throw Bad.header("VMDK sparse extent: " + name + " at " + position + " overlaps header or descriptor, which"
                    + " end at " + floor);
        }
        if (position > fileSize - length) {
            throw Bad.header("VMDK sparse extent: " + name + " of " + length + " bytes at " + position
                    + " does not fit into a file of " + fileSize);
        }
    }
}
