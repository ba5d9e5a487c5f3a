// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.stream;

import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;
import org.platter.backend.qcow2.layout.Bad;
import org.platter.backend.qcow2.layout.Entry;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/**
 * What compressed clusters hold, as a storage in which position is offset on the disk. Whole clusters go straight to the
 * reader; of those asked for in part the latest are kept. Read-only; many threads decompress at once.
 */
public class StreamView implements Storage {
    /** Where streams are. Called by many threads. */
    @FunctionalInterface
    public interface Streams {
        /** The stream of a cluster, which must be compressed. */
        Place place(long cluster) throws IOException;
    }

    /**
     * Where a stream is.
     *
     * @param entry what the table says; another stream has another
     * @param position its first byte
     * @param end a byte that it does not reach
     */
    public record Place(long entry, long position, long end) {
        /** What an L2 entry of QCOW2 says. */
        public static Place of(long cluster, long entry, int bits) throws IOException {
            if (!Entry.compressed(entry)) {
                throw new DiskException(
                        ErrorCode.BAD_STATE, "QCOW2 L2 table: cluster " + cluster + " is no stream any more");
            }
            return new Place(entry, Entry.streamPosition(entry, bits), Entry.streamEnd(entry, bits));
        }
    }

    private final Storage below;
    private final int bits;
    private final LongSupplier size;
    private final Streams places;
    private final Codecs codecs;
    private final ClusterCache cache;

    /** Streams in {@code below} of a disk of so many bytes, in clusters of {@code 1 << bits} bytes. */
    public StreamView(Storage below, int bits, LongSupplier size, Streams places, Codecs codecs) {
        this.below = below;
        this.bits = bits;
        this.size = size;
        this.places = places;
        this.codecs = codecs;
        cache = new ClusterCache(1 << bits);
    }

    @Override
    public URI location() {
        return below.location();
    }

    @Override
    public void read(ByteBuffer dst, long position) throws IOException {
        if (position > size() - dst.remaining()) {
            throw new EOFException("QCOW2 streams: end at " + size() + ", before " + position + "+" + dst.remaining());
        }
        int limit = dst.limit();
        long at = position;
        while (dst.position() < limit) {
            int inside = (int) (at & (1 << bits) - 1);
            int count = Math.min((1 << bits) - inside, limit - dst.position());
            fetch(dst, at >>> bits, inside, count);
            at += count;
        }
    }

    private void fetch(ByteBuffer dst, long cluster, int inside, int count) throws IOException {
        Place place = places.place(cluster);
        byte[] known = cache.get(place.entry);
        if (known != null) {
            dst.put(known, inside, count);
        } else if (count == 1 << bits) {
            codecs.use(worker -> {
                decompress(worker, cluster, place, worker.plain);
                return dst.put(worker.plain);
            });
        } else {
            byte[] bytes = new byte[1 << bits];
            codecs.use(worker -> {
                decompress(worker, cluster, place, bytes);
                return null;
            });
            cache.put(place.entry, bytes);
            dst.put(bytes, inside, count);
        }
    }

    private void decompress(Codecs.Worker worker, long cluster, Place place, byte[] target) throws IOException {
        long position = place.position;
        long end = Math.min(place.end, below.size()); // the last sector may be missing in part
        if (position >= end) {
            throw Bad.corrupt("L2 table: the stream of cluster " + cluster + " is at " + position
                    + ", but the file ends at " + below.size());
        }
        int length = (int) Math.min(worker.packed.length, end - position);
        below.read(ByteBuffer.wrap(worker.packed, 0, length), position);
        try {
            worker.codec.decompress(worker.packed, length, target);
        } catch (DiskException e) {
            throw new DiskException(e.code(), e.getMessage() + "; cluster " + cluster + " at " + position);
        }
    }

    /** A stream has been let go: its place may hold another soon. */
    public void forget(long entry) {
        cache.remove(entry);
    }

    /** Streams may be elsewhere. */
    public void forgetAll() {
        cache.clear();
    }

    @Override
    public boolean readOnly() {
        return true;
    }

    @Override
    public long size() {
        return size.getAsLong();
    }

    @Override
    public long allocatedSize() throws IOException {
        return below.allocatedSize();
    }

    private static DiskException refusal() {
        return new DiskException(ErrorCode.READ_ONLY, "QCOW2 streams: are not changed in place");
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        throw refusal();
    }

    @Override
    public void resize(long bytes) throws IOException {
        throw refusal();
    }

    @Override
    public void zero(long position, long length) throws IOException {
        throw refusal();
    }

    @Override
    public void preallocate(long position, long length) throws IOException {
        throw refusal();
    }

    @Override
    public void flush() throws IOException {}

    @Override
    public void close() {
        cache.clear();
    }
}
