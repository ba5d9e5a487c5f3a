// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.platter.backend.vhdx.layout.Bytes;
import org.platter.backend.vhdx.layout.Header;
import org.platter.backend.vhdx.layout.Headers;
import org.platter.storage.Storage;

/**
 * Writes changes of metadata by way of the log, in this order, so that a loss of power at any point leaves the state before
 * or after each entry:
 *
 * <ol>
 *   <li>data, and in place what the entry before says; flush
 *   <li>the entry; flush. Its tail is itself: all entries before are in place by step 1
 *   <li>if the log was not in use: both headers name it. Not earlier, since a log without an entry is a damaged file
 *   <li>the same sectors in place; the next entry, or {@link #retire}, makes them durable and moves the tail on
 * </ol>
 *
 * An entry takes less than half of the log, so that writing one never touches the one before, which may be live. After
 * a failure what is not in place is put there before anything else. For one thread.
 */
public final class LogWriter {
    private final Storage storage;
    private final Headers headers;
    private final Map<Long, byte[]> pending = new TreeMap<>(); // durable in the log, maybe not in place
    private UUID id = UUID.randomUUID();
    private long head; // where the next entry goes
    private long sequence = 1;
    private boolean live; // entries with our GUID are durable, a header may name them

    /** A writer for a file whose log is not in use. */
    public LogWriter(Storage storage, Headers headers) {
        this.storage = storage;
        this.headers = headers;
    }

    /** Changes these sectors, in their order and in as few entries as possible; {@code end} is how long the file must be. */
    public void write(Map<Long, byte[]> sectors, long end) throws IOException {
        Iterator<Map.Entry<Long, byte[]>> all = sectors.entrySet().iterator();
        do {
            Map<Long, byte[]> some = new TreeMap<>();
            while (all.hasNext() && some.size() < LogEntry.MOST) {
                Map.Entry<Long, byte[]> each = all.next();
                some.put(each.getKey(), each.getValue());
            }
            place();
            storage.flush();
            if (!some.isEmpty()) {
                append(some, end);
                place();
            }
        } while (all.hasNext());
    }

    private void append(Map<Long, byte[]> sectors, long end) throws IOException {
        LogEntry entry = new LogEntry(LogEntry.LOGE, 0, 0, head, sequence, sectors.size(), id, end, end);
        ByteBuffer bytes = LogEntry.encode(entry, sectors);
        Header header = headers.current();
        int first = (int) Math.min(bytes.remaining(), header.logLength() - head);
        storage.write(bytes.slice(0, first), header.logPosition() + head);
        if (first < bytes.remaining()) {
            storage.write(bytes.slice(first, bytes.remaining() - first), header.logPosition());
        }
        storage.flush();
        head = (head + bytes.remaining()) % header.logLength();
        sequence++;
        live = true;
        if (!header.logId().equals(id)) {
            headers.change(header.fileWrite(), header.dataWrite(), id);
        }
        pending.putAll(sectors);
    }

    private void place() throws IOException {
        for (Map.Entry<Long, byte[]> each : pending.entrySet()) {
            storage.write(ByteBuffer.wrap(each.getValue()), each.getKey());
        }
        pending.clear();
    }

    /** Leaves a file without live log; does nothing where there is none. */
    public void retire() throws IOException {
        if (live) {
            place();
            storage.flush();
            Header header = headers.current();
            headers.change(header.fileWrite(), header.dataWrite(), Bytes.NIL);
            live = false;
            id = UUID.randomUUID();
        }
    }
}
