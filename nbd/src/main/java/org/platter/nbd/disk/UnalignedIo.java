// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.disk;

import java.nio.ByteBuffer;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;

/** Ranges that do not begin or end with a sector: read, or changed together with the rest of the sectors they touch. */
final class UnalignedIo {
    private static final int SECTOR = VirtualDisk.SECTOR;

    private final VirtualDisk disk;

    UnalignedIo(VirtualDisk disk) {
        this.disk = disk;
    }

    /** The start of the sector. */
    static long down(long offset) {
        return offset / SECTOR * SECTOR;
    }

    /** The start of the next sector, unless one starts here. */
    static long up(long offset) {
        return down(offset + SECTOR - 1);
    }

    void read(ByteBuffer dst, long offset) throws DiskException {
        long start = down(offset);
        ByteBuffer sectors = ByteBuffer.allocate((int) (up(offset + dst.remaining()) - start));
        disk.read(sectors, start);
        dst.put(sectors.slice((int) (offset - start), dst.remaining()));
    }

    void write(ByteBuffer src, long offset) throws DiskException {
        long start = down(offset);
        long end = up(offset + src.remaining());
        if (start == offset && end == offset + src.remaining()) {
            disk.write(src, offset);
            return;
        }
        ByteBuffer sectors = ByteBuffer.allocate((int) (end - start));
        disk.read(sectors.slice(0, SECTOR), start);
        if (end - start > SECTOR) {
            disk.read(sectors.slice(sectors.capacity() - SECTOR, SECTOR), end - SECTOR);
        }
        sectors.position((int) (offset - start)).put(src).rewind();
        disk.write(sectors, start);
    }

    void zero(long offset, long length) throws DiskException {
        long start = up(offset);
        long end = down(offset + length);
        if (start >= end) {
            zeroWithin(offset, length);
            return;
        }
        zeroWithin(offset, start - offset);
        disk.zero(start, end - start);
        zeroWithin(end, offset + length - end);
    }

    /** Less than two sectors. */
    private void zeroWithin(long offset, long length) throws DiskException {
        if (length > 0) {
            write(ByteBuffer.allocate((int) length), offset);
        }
    }
}
