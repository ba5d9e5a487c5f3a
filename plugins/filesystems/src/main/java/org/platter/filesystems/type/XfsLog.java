// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems.type;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.platter.filesystems.layout.Region;

/**
 * Whether the log of an XFS has been closed: the last record before its head is the one that unmounting writes, and
 * nothing of a later round is near behind it. The log is a ring of sectors, each with the number of its round in front.
 */
final class XfsLog {
    private static final int SECTOR = 512;
    private static final int RECORD = 0xFEED_BABE;
    private static final int MOST_RECORD = 1 << 10; // sectors to look back for the start of the last record
    private static final int AHEAD =
            1 << 12; // sectors that may have been written out of order: eight buffers of 256 KiB
    private static final int ROUND_BYTES = 1 << 15; // of a record, that one sector of its header notes the rounds of
    private static final int UNMOUNT = 0x20;

    private final Region volume;
    private final long start;
    private final long sectors;

    private XfsLog(Region volume, long start, long sectors) {
        this.volume = volume;
        this.start = start;
        this.sectors = sectors;
    }

    static boolean clean(Region volume, long start, long length) throws IOException {
        Found.require(length >= SECTOR * 4 && volume.has(start, length), "a log of " + length + " bytes at " + start);
        XfsLog log = new XfsLog(volume, start, length / SECTOR);
        long head = log.head();
        long last = log.lastRecord(head);
        return last >= 0 && log.unmounts(last, head) && log.quietBehind(head);
    }

    private ByteBuffer sector(long number) throws IOException {
        return volume.read(start + (number % sectors) * SECTOR, SECTOR).order(ByteOrder.BIG_ENDIAN);
    }

    private int round(long number) throws IOException {
        return round(sector(number));
    }

    private static int round(ByteBuffer sector) {
        return sector.getInt(0) == RECORD ? sector.getInt(4) : sector.getInt(0);
    }

    /** The first sector of the round before that of sector 0, or the end if there is none. */
    private long head() throws IOException {
        int now = round(0);
        if (round(sectors - 1) == now) {
            return sectors;
        }
        long low = 0;
        long high = sectors - 1;
        while (low + 1 < high) {
            long middle = (low + high) / 2;
            if (round(middle) == now) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }

    private long lastRecord(long head) throws IOException {
        for (long back = 1; back <= Math.min(MOST_RECORD, sectors); back++) {
            long at = (head - back + sectors) % sectors;
            if (sector(at).getInt(0) == RECORD) {
                return at;
            }
        }
        return -1;
    }

    private boolean unmounts(long record, long head) throws IOException {
        ByteBuffer header = sector(record);
        long length = header.getInt(12);
        long buffer = header.getInt(320);
        boolean wide = (header.getInt(8) & 2) != 0 && buffer > ROUND_BYTES && buffer <= ROUND_BYTES * 8;
        long headers = wide ? (buffer + ROUND_BYTES - 1) / ROUND_BYTES : 1;
        if (header.getInt(40) != 1 || length <= 0 || length > ROUND_BYTES * 8) {
            return false;
        }
        long end = record + headers + (length + SECTOR - 1) / SECTOR;
        boolean flagged = (sector(record + headers).get(9) & UNMOUNT) != 0;
        return flagged && end % sectors == head % sectors;
    }

    private boolean quietBehind(long head) throws IOException {
        int now = round(0);
        int before = head == sectors ? now : now - 1;
        for (long ahead = 0; ahead < Math.min(AHEAD, sectors - 1); ahead++) {
            long at = head + ahead;
            if (at == sectors && head < sectors) {
                return true; // from here on it is this round again
            }
            int round = round(at);
            if (round != before && round != 0) {
                return false;
            }
        }
        return true;
    }
}
