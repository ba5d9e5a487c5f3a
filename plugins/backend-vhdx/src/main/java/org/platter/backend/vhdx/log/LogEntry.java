// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx.log;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.UUID;
import org.platter.backend.vhdx.layout.Bytes;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * The head of an entry of the log. Little-endian, 64 bytes, then descriptors of 32, then sectors. Source:
 * docs/formats/vhdx.md, section 6.
 */
record LogEntry(
        int signature, // 0x00 "loge"
        int checksum, // 0x04 u32, of the whole entry
        long length, // 0x08 u32
        long tail, // 0x0C u32, in the log
        long sequence, // 0x10 u64
        long descriptors, // 0x18 u32
        UUID logId, // 0x20
        long flushedEnd, // 0x30 u64
        long lastEnd) { // 0x38 u64

    static final int HEAD = 64;
    static final int DESCRIPTOR = 32;
    static final int LOGE = 0x6567_6F6C;

    /** How many sectors our entries have at the most: their descriptors fit into the first sector. */
    static final int MOST = (Bytes.SECTOR - HEAD) / DESCRIPTOR;

    private static final int DESC = 0x6373_6564;
    private static final int ZERO = 0x6F72_657A;
    private static final int DATA = 0x6174_6164;
    private static final long MOST_BYTES = 64L << 20; // that a replay keeps in memory

    static LogEntry decode(ByteBuffer source) {
        return new LogEntry(
                source.getInt(0),
                source.getInt(4),
                Integer.toUnsignedLong(source.getInt(8)),
                Integer.toUnsignedLong(source.getInt(12)),
                source.getLong(16),
                Integer.toUnsignedLong(source.getInt(24)),
                Bytes.guid(source.duplicate().order(source.order()).position(32)),
                source.getLong(48),
                source.getLong(56));
    }

    /** True if the head may be one of this log. */
    boolean plausible(UUID id, long logLength) {
        return signature == LOGE
                && logId.equals(id)
                && sequence != 0
                && length >= Bytes.SECTOR
                && length % Bytes.SECTOR == 0
                && length <= logLength
                && tail % Bytes.SECTOR == 0
                && tail < logLength
                && headBytes() <= length;
    }

    /** Bytes of head and descriptors, in whole sectors. */
    private long headBytes() {
        return Bytes.up(HEAD + DESCRIPTOR * descriptors, Bytes.SECTOR);
    }

    /** True if checksum, descriptors and sectors of the entry agree. */
    boolean whole(ByteBuffer entry) {
        if (Bytes.sum(entry, 4) != checksum) {
            return false;
        }
        long at = headBytes();
        for (int i = 0; i < descriptors; i++) {
            int descriptor = HEAD + DESCRIPTOR * i;
            int kind = entry.getInt(descriptor);
            if (kind != DESC && kind != ZERO || entry.getLong(descriptor + 24) != sequence) {
                return false;
            }
            if (kind == DESC) {
                if (at + Bytes.SECTOR > length || !wholeSector(entry, (int) at)) {
                    return false;
                }
                at += Bytes.SECTOR;
            }
        }
        return at == length;
    }

    private boolean wholeSector(ByteBuffer entry, int at) {
        return entry.getInt(at) == DATA
                && entry.getInt(at + 4) == (int) (sequence >>> 32)
                && entry.getInt(at + Bytes.SECTOR - 4) == (int) sequence;
    }

    /** Puts what the entry says over the file. */
    void replay(ByteBuffer entry, Overlay target) throws DiskException {
        int at = (int) headBytes();
        for (int i = 0; i < descriptors; i++) {
            int descriptor = HEAD + DESCRIPTOR * i;
            long position = entry.getLong(descriptor + 16);
            boolean data = entry.getInt(descriptor) == DESC;
            long count = data ? Bytes.SECTOR : entry.getLong(descriptor + 8);
            judge(position, count, target);
            if (data) {
                byte[] sector = new byte[Bytes.SECTOR];
                entry.get(at, sector);
                ByteBuffer.wrap(sector)
                        .order(entry.order())
                        .putLong(0, entry.getLong(descriptor + 8))
                        .putInt(Bytes.SECTOR - 4, entry.getInt(descriptor + 4));
                target.put(position, sector);
                at += Bytes.SECTOR;
            } else {
                for (long done = 0; done < count; done += Bytes.SECTOR) {
                    target.put(position + done, new byte[Bytes.SECTOR]);
                }
            }
        }
    }

    private static void judge(long position, long count, Overlay target) throws DiskException {
        boolean aligned = position % Bytes.SECTOR == 0 && count % Bytes.SECTOR == 0;
        if (!aligned || position < 192 << 10 || count < 0 || position > Long.MAX_VALUE - count) {
            throw new DiskException(
                    ErrorCode.CORRUPT,
                    "VHDX log: an entry changes " + count + " bytes at " + Long.toUnsignedString(position));
        }
        if (target.count() * (long) Bytes.SECTOR + count > MOST_BYTES) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED, "VHDX log: its replay changes more than " + MOST_BYTES + " bytes");
        }
    }

    /** The bytes of an entry of our own that changes these sectors. */
    static ByteBuffer encode(LogEntry head, Map<Long, byte[]> sectors) {
        ByteBuffer entry = Bytes.buffer(Bytes.SECTOR * (1 + sectors.size()));
        entry.putInt(LOGE).putInt(0).putInt(entry.capacity()).putInt((int) head.tail());
        entry.putLong(head.sequence()).putInt(sectors.size()).putInt(0);
        Bytes.guid(entry, head.logId());
        entry.putLong(head.flushedEnd()).putLong(head.lastEnd());
        int at = Bytes.SECTOR;
        for (Map.Entry<Long, byte[]> each : sectors.entrySet()) {
            ByteBuffer sector = ByteBuffer.wrap(each.getValue()).order(entry.order());
            entry.putInt(DESC).putInt(sector.getInt(Bytes.SECTOR - 4)).putLong(sector.getLong(0));
            entry.putLong(each.getKey()).putLong(head.sequence());
            entry.put(at, each.getValue());
            entry.putInt(at, DATA).putInt(at + 4, (int) (head.sequence() >>> 32));
            entry.putInt(at + Bytes.SECTOR - 4, (int) head.sequence());
            at += Bytes.SECTOR;
        }
        entry.clear();
        return entry.putInt(4, Bytes.sum(entry, 4));
    }
}
