// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.layout;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/**
 * Makes hosted sparse extents as all products do: header, descriptor, redundant directory with its tables, directory with
 * its tables, grains. All tables are there from the start, because some products do not add them.
 */
public final class HostedWriter {
    /** Entries of a grain table. */
    public static final int TABLE_ENTRIES = 512;

    /** Sectors that are set aside for a descriptor, at least. */
    public static final int DESCRIPTOR_SECTORS = 20;

    private static final int LEAST_OVERHEAD = 128 * Sectors.BYTES;

    private HostedWriter() {}

    /** The header of an extent without tables yet; {@code text} bytes of descriptor, or none. */
    public static HostedHeader header(long size, long grain, int version, int flags, int text) {
        long descriptorSectors = Math.max(DESCRIPTOR_SECTORS, Sectors.roundUp(text, Sectors.BYTES) / Sectors.BYTES);
        return new HostedHeader(
                HostedHeader.MAGIC,
                version,
                flags,
                size / Sectors.BYTES,
                grain / Sectors.BYTES,
                text == 0 ? 0 : 1,
                text == 0 ? 0 : descriptorSectors,
                TABLE_ENTRIES,
                0,
                HostedHeader.IN_FOOTER,
                0,
                0,
                HostedHeader.NEWLINES,
                (flags & HostedHeader.COMPRESSED) != 0 ? 1 : 0);
    }

    /** Makes an empty extent in an empty storage. {@code text} is the descriptor, or has no bytes. */
    public static void create(Storage storage, long size, long grain, boolean zeroMarks, byte[] text)
            throws IOException {
        int flags =
                HostedHeader.NEWLINES_VALID | HostedHeader.HAS_REDUNDANT | (zeroMarks ? HostedHeader.ZEROED_GRAINS : 0);
        HostedHeader header = header(size, grain, zeroMarks ? 2 : 1, flags, text.length);
        Layout empty = new Layout(size, Long.numberOfTrailingZeros(grain), TABLE_ENTRIES, 0, 0, zeroMarks, 0, 0);
        if (empty.tables() > Layout.MOST_TABLES) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE,
                    "VMDK sparse extent: " + size + " bytes in grains of " + grain + " need more than "
                            + Layout.MOST_TABLES + " grain tables; larger grains need fewer");
        }
        long sideBytes = empty.directoryBytes() + empty.tables() * empty.tableBytes();
        long redundant = header.floor();
        long directory = redundant + sideBytes;
        long overhead = Sectors.roundUp(directory + sideBytes, Math.max(grain, LEAST_OVERHEAD));
        Layout layout = empty.grown(size, directory, redundant);
        storage.resize(overhead);
        storage.write(header.with(layout).withOverhead(overhead / Sectors.BYTES).encode(), 0);
        if (text.length > 0) {
            storage.write(ByteBuffer.wrap(text), Sectors.BYTES);
        }
        new Ramp(storage).write(redundant, redundant + layout.directoryBytes(), layout.tableBytes(), layout.tables());
        new Ramp(storage).write(directory, directory + layout.directoryBytes(), layout.tableBytes(), layout.tables());
    }
}
