// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.stream;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.storage.Storage;

/**
 * What compressed grains hold, as a storage in which position is offset in the extent. Whole grains are decompressed into
 * the reader's buffer; of those asked for in part the latest are kept. Read-only; many threads decompress at once.
 */
class GrainView implements Storage {
    private final Storage below;
    private final LongSupplier end;
    private final long size;
    private final int shift;
    private final GrainSource grains;
    private final GrainCache cache;
    private final ConcurrentLinkedQueue<Inflation> idle = new ConcurrentLinkedQueue<>();

    /** Grains of {@code 1 << shift} bytes of an extent of {@code size} bytes, in a file that ends at {@code end}. */
    GrainView(Storage below, LongSupplier end, long size, int shift, GrainSource grains) {
        this.below = below;
        this.end = end;
        this.size = size;
        this.shift = shift;
        this.grains = grains;
        cache = new GrainCache(1 << shift);
    }

    @Override
    public URI location() {
        return below.location();
    }

    @Override
    public void read(ByteBuffer dst, long position) throws IOException {
        if (position > size - dst.remaining()) {
            throw new java.io.EOFException(
                    "VMDK stream: ends at " + size + ", before " + position + "+" + dst.remaining());
        }
        Inflation inflation = idle.poll();
        inflation = inflation == null ? new Inflation(below, 1 << shift) : inflation;
        int limit = dst.limit();
        try {
            inflation.start(end.getAsLong(), positionBehind(position + dst.remaining() - 1 >> shift));
            long at = position;
            while (dst.position() < limit) {
                at += grain(inflation, dst, at, limit);
                dst.limit(limit);
            }
        } finally {
            dst.limit(limit);
            idle.add(inflation);
        }
    }

    /** A position that the compressed bytes of a grain do not reach, as far as that is known. */
    long positionBehind(long grain) throws IOException {
        long next = grain + 1;
        int sector = next << shift < size ? grains.sector(next) : 0;
        return sector == 0 ? Long.MAX_VALUE : Sectors.position(sector);
    }

    /** Reads to the end of one grain at most. */
    private int grain(Inflation inflation, ByteBuffer dst, long at, int limit) throws IOException {
        int whole = 1 << shift;
        long grain = at >> shift;
        int inside = (int) (at & whole - 1);
        int count = Math.min(whole - inside, limit - dst.position());
        dst.limit(dst.position() + count);
        if (count == whole) {
            int found = inflate(inflation, grain, dst, limit - dst.position());
            require(found == whole, grain, found);
        } else {
            dst.put(cached(inflation, grain), inside, count);
        }
        return count;
    }

    private byte[] cached(Inflation inflation, long grain) throws IOException {
        byte[] bytes = cache.get(grain);
        if (bytes == null) {
            bytes = new byte[1 << shift];
            int found = inflate(inflation, grain, ByteBuffer.wrap(bytes), 0);
            require(enough(grain, found), grain, found);
            cache.put(grain, bytes);
        }
        return bytes;
    }

    private int inflate(Inflation inflation, long grain, ByteBuffer dst, long expected) throws IOException {
        int sector = grains.sector(grain);
        if (sector == 0) {
            throw Bad.corrupt("VMDK stream: has no grain " + grain);
        }
        return inflation.inflate(
                Sectors.position(sector), (grain << shift) / Sectors.BYTES, dst, Math.max(expected, 1 << shift));
    }

    /** Fails if a grain is for another place of the disk, or is not what its checksum says. */
    void checkGrain(long grain, ByteBuffer scratch) throws IOException {
        Inflation inflation = idle.poll();
        inflation = inflation == null ? new Inflation(below, 1 << shift) : inflation;
        try {
            inflation.start(end.getAsLong(), positionBehind(grain));
            int found = inflate(inflation, grain, scratch.clear(), 0);
            require(enough(grain, found), grain, found);
        } finally {
            idle.add(inflation);
        }
    }

    /** The last grain may end where the disk does. */
    private boolean enough(long grain, int found) {
        long visible = size - (grain << shift);
        return found == 1 << shift || visible < 1 << shift && found >= visible;
    }

    private void require(boolean right, long grain, int found) throws IOException {
        if (!right) {
            throw Bad.corrupt(
                    "VMDK stream: grain " + grain + " inflates to " + found + " bytes instead of " + (1 << shift));
        }
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        throw refusal();
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void resize(long bytes) throws IOException {
        throw refusal();
    }

    @Override
    public void flush() throws IOException {}

    @Override
    public boolean readOnly() {
        return true;
    }

    @Override
    public long allocatedSize() throws IOException {
        return below.allocatedSize();
    }

    @Override
    public void zero(long position, long length) throws IOException {
        throw refusal();
    }

    @Override
    public void preallocate(long position, long length) throws IOException {
        throw refusal();
    }

    private static IOException refusal() {
        return Bad.readOnly("VMDK stream: is written once, from front to end, and then only read");
    }

    /** Gives memory back; nobody may read any more. */
    @Override
    public void close() {
        idle.forEach(Inflation::end);
        idle.clear();
        cache.clear();
    }
}
