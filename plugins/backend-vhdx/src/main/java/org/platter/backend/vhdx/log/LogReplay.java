// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.platter.backend.vhdx.layout.Bytes;
import org.platter.backend.vhdx.layout.Header;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/** Finds the live entries of a log, and replays them in memory. Source: docs/formats/vhdx.md, section 6. */
public final class LogReplay {
    private static final int EFFORT = 8; // how often all bytes of a log may be looked at

    private final Storage storage;
    private final Header header;
    private final Map<Long, LogEntry> entries = new HashMap<>(); // by place in the log
    private long looked;

    private LogReplay(Storage storage, Header header) {
        this.storage = storage;
        this.header = header;
    }

    /** The file as the log in it wants it. Writes nothing. */
    public static Overlay of(Storage storage, Header header) throws IOException {
        Overlay overlay = new Overlay(storage);
        if (!header.logId().equals(Bytes.NIL)) {
            new LogReplay(storage, header).run(overlay);
        }
        return overlay;
    }

    private void run(Overlay overlay) throws IOException {
        for (long at = 0; at < header.logLength(); at += Bytes.SECTOR) {
            find(at);
        }
        long last = last();
        LogEntry end = entries.get(last);
        if (storage.size() < end.flushedEnd()) {
            throw new DiskException(
                    ErrorCode.CORRUPT,
                    "VHDX log: the file has " + storage.size() + " bytes, it had " + end.flushedEnd()
                            + " when the log was written");
        }
        for (long at = end.tail(); ; at = next(at)) {
            entries.get(at).replay(bytes(at, entries.get(at).length()), overlay);
            if (at == last) {
                break;
            }
        }
        grow(overlay, end.lastEnd());
    }

    private void grow(Overlay overlay, long end) throws IOException {
        if (end < 0 || end > storage.size() + (1L << 40)) {
            throw new DiskException(
                    ErrorCode.CORRUPT,
                    "VHDX log: it wants a file of " + Long.toUnsignedString(end) + " bytes, which has "
                            + storage.size());
        }
        overlay.grow(end);
    }

    private void find(long at) throws IOException {
        LogEntry head = LogEntry.decode(bytes(at, LogEntry.HEAD));
        if (!head.plausible(header.logId(), header.logLength())) {
            return;
        }
        looked += head.length();
        if (looked > EFFORT * header.logLength()) {
            throw new DiskException(
                    ErrorCode.CORRUPT, "VHDX log: entries overlap more than " + EFFORT + " times, see place " + at);
        }
        if (head.whole(bytes(at, head.length()))) {
            entries.put(at, head);
        }
    }

    private long next(long at) {
        return (at + entries.get(at).length()) % header.logLength();
    }

    /** The place of the last entry of the newest sequence that is complete. */
    private long last() throws DiskException {
        long best = -1;
        for (long at : entries.keySet()) {
            LogEntry entry = entries.get(at);
            boolean newer = best < 0
                    || Long.compareUnsigned(entry.sequence(), entries.get(best).sequence()) > 0;
            if (newer && complete(at)) {
                best = at;
            }
        }
        if (best < 0) {
            throw new DiskException(
                    ErrorCode.CORRUPT,
                    "VHDX log: " + entries.size() + " whole entries with log GUID " + header.logId()
                            + ", none ends a sequence that can be replayed");
        }
        return best;
    }

    /** True if one entry follows the other from the tail of the one at {@code last} up to itself. */
    private boolean complete(long last) {
        long at = entries.get(last).tail();
        for (int steps = 0; steps <= entries.size(); steps++) {
            LogEntry entry = entries.get(at);
            if (entry == null || at == last) {
                return entry != null;
            }
            LogEntry next = entries.get(next(at));
            if (next == null || next.sequence() != entry.sequence() + 1) {
                return false;
            }
            at = next(at);
        }
        return false;
    }

    /** Bytes of the ring. */
    private ByteBuffer bytes(long at, long length) throws IOException {
        int first = (int) Math.min(length, header.logLength() - at);
        ByteBuffer bytes = Bytes.buffer((int) length);
        storage.read(bytes.limit(first), header.logPosition() + at);
        if (first < length) {
            storage.read(bytes.limit((int) length), header.logPosition());
        }
        return bytes.flip();
    }
}
