// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx.log;

import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.platter.backend.vhdx.layout.Bytes;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/**
 * A file as it is after the replay of its log, which has not been written yet. Reading sees sectors of the log first;
 * nothing can be changed through this but by {@link #store}. For any number of readers.
 */
public final class Overlay implements Storage {
    private final Storage below;
    private final ConcurrentSkipListMap<Long, byte[]> sectors = new ConcurrentSkipListMap<>();
    private volatile long least; // bytes that the file has at least

    /** The file as it is. */
    public Overlay(Storage below) {
        this.below = below;
    }

    void put(long position, byte[] sector) {
        sectors.put(position, sector);
    }

    void grow(long size) {
        least = Math.max(least, size);
    }

    int count() {
        return sectors.size();
    }

    /** True if a log changes the file. */
    public boolean live() {
        return !sectors.isEmpty() || least > 0;
    }

    /** Writes all sectors to the file, and makes them durable; from then on this is the file itself. */
    public void store() throws IOException {
        if (least > below.size()) {
            below.resize(least);
        }
        for (Map.Entry<Long, byte[]> each : sectors.entrySet()) {
            below.write(ByteBuffer.wrap(each.getValue()), each.getKey());
        }
        below.flush();
        sectors.clear();
        least = 0;
    }

    @Override
    public void read(ByteBuffer dst, long position) throws IOException {
        if (sectors.isEmpty() && least == 0) {
            below.read(dst, position);
            return;
        }
        int start = dst.position();
        long end = position + dst.remaining();
        Map<Long, byte[]> over = Map.copyOf(sectors.subMap(position - Bytes.SECTOR + 1, end));
        readBelow(dst, position, end);
        for (Map.Entry<Long, byte[]> each : over.entrySet()) {
            long from = Math.max(position, each.getKey());
            long to = Math.min(end, each.getKey() + Bytes.SECTOR);
            dst.put(start + (int) (from - position), each.getValue(), (int) (from - each.getKey()), (int) (to - from));
        }
    }

    private void readBelow(ByteBuffer dst, long position, long end) throws IOException {
        if (end > size()) {
            throw new EOFException(location() + " ends at " + size() + ", before " + end);
        }
        int limit = dst.limit();
        long there = Math.max(0, Math.min(dst.remaining(), below.size() - position));
        dst.limit(dst.position() + (int) there);
        below.read(dst, position);
        dst.limit(limit);
        while (dst.hasRemaining()) {
            dst.put((byte) 0);
        }
    }

    @Override
    public URI location() {
        return below.location();
    }

    @Override
    public boolean readOnly() {
        return true;
    }

    @Override
    public long size() throws IOException {
        return Math.max(least, below.size());
    }

    @Override
    public long allocatedSize() throws IOException {
        return below.allocatedSize();
    }

    private DiskException refusal() {
        return new DiskException(ErrorCode.READ_ONLY, location() + ": its log has not been replayed yet");
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        throw refusal();
    }

    @Override
    public void resize(long size) throws IOException {
        throw refusal();
    }

    /** Nothing can have been written through this. */
    @Override
    public void flush() {}

    @Override
    public void close() {}
}
