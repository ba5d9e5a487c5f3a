// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.stream;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.platter.backend.qcow2.layout.Bad;
import org.platter.backend.qcow2.layout.Clusters;
import org.platter.backend.qcow2.layout.Entry;
import org.platter.backend.qcow2.table.Changes;
import org.platter.backend.qcow2.table.Volume;
import org.platter.format.Run;
import org.platter.storage.Storage;

/**
 * What takes the data of an image that is made compressed: position is offset on the disk. Room is given out in ascending
 * order. Whoever writes a whole cluster compresses it and puts the stream into the file at once, many threads beside each
 * other; parts of a cluster are gathered in memory until it is shown. Streams lie packed, and what does not get smaller
 * is a plain cluster. Entries of streams are kept until {@link #show}, or {@link #forget}.
 *
 * <p>{@link #allocate}, {@link #show} and {@link #forget} are for the one thread that changes the image; transfers for
 * any. The monitor guards the place of the next stream, and no I/O is done inside.
 */
public final class Packer implements Storage {
    private static final long MOST_RUN = 16L << 20;
    private static final long PLAIN = Entry.COPIED;

    private final Volume volume;
    private final Clusters sizes;
    private final Codecs codecs;
    private final Map<Long, byte[]> parts = new ConcurrentHashMap<>(); // clusters of which not all has come
    private final Map<Long, Long> entries = new ConcurrentHashMap<>(); // of clusters that are in the file
    private long next; // the first cluster that room is given for
    private long shown; // the end of the clusters that are visible

    private long cursor; // guarded by this: where the next stream starts
    private long end; // guarded by this: of the clusters that are held for streams
    private long streams; // guarded by this: in the last of them

    /** Compresses what is written to an image. */
    public Packer(Volume volume, Codecs codecs) {
        this.volume = volume;
        this.codecs = codecs;
        sizes = volume.sizes();
    }

    /** True if there is room for what is at this offset and behind it. */
    public boolean takes(long offset) {
        return sizes.of(offset) >= next;
    }

    /** Gives room; see {@link org.platter.format.Image#allocate}. */
    public Run.Data allocate(long offset, long length) {
        long first = sizes.of(offset);
        next = sizes.up(offset + Math.min(length, MOST_RUN));
        long to = Math.min(volume.map().disk(), sizes.at(next));
        return new Run.Data(sizes.at(first), to - sizes.at(first), this, sizes.at(first));
    }

    @Override
    public URI location() {
        return volume.storage().location();
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        int limit = src.limit();
        try {
            for (long at = position; src.position() < limit; ) {
                int inside = (int) (at & sizes.size() - 1);
                int count = Math.min(sizes.size() - inside, limit - src.position());
                src.limit(src.position() + count);
                take(sizes.of(at), inside, src);
                src.limit(limit);
                at += count;
            }
        } finally {
            src.limit(limit);
        }
    }

    private void take(long cluster, int inside, ByteBuffer bytes) throws IOException {
        if (bytes.remaining() == visible(cluster)) {
            codecs.use(worker -> {
                int count = bytes.remaining();
                bytes.get(worker.plain, 0, count);
                java.util.Arrays.fill(worker.plain, count, worker.plain.length, (byte) 0);
                return pack(worker, cluster, worker.plain);
            });
        } else {
            int count = bytes.remaining();
            bytes.get(parts.computeIfAbsent(cluster, key -> new byte[sizes.size()]), inside, count);
        }
    }

    private long visible(long cluster) {
        return Math.min(sizes.size(), volume.map().disk() - sizes.at(cluster));
    }

    private Long pack(Codecs.Worker worker, long cluster, byte[] plain) throws IOException {
        int length = worker.codec.compress(plain, worker.packed);
        long position = length > 0 && length < plain.length ? place(length) : -1;
        if (position < 0) {
            position = sizes.at(volume.space().hold());
            volume.storage().write(ByteBuffer.wrap(plain), position);
            return entries.put(cluster, PLAIN | position);
        }
        volume.storage().write(ByteBuffer.wrap(worker.packed, 0, length), position);
        return entries.put(cluster, Entry.stream(position, length, sizes.bits()));
    }

    /** Where a stream of that length goes, or -1 if an entry could not say so. */
    private synchronized long place(int length) throws IOException {
        boolean more = cursor + length > end;
        boolean full = streams >= volume.refcounts().most();
        if (more && cursor < end && !full && volume.space().hold((int) sizes.of(end))) {
            end += sizes.size();
            streams = 0;
        } else if (more || full) {
            boolean adjacent = end > 0 && volume.space().hold((int) sizes.of(end));
            cursor = adjacent ? end : sizes.at(volume.space().hold());
            end = cursor + sizes.size();
            streams = 0;
        }
        long position = cursor;
        if (!Entry.describes(position, length, sizes.bits())) {
            return -1;
        }
        cursor += length;
        streams++;
        return position;
    }

    /** Makes a cluster what was written for it. */
    public void show(long cluster) throws IOException {
        byte[] gathered = parts.remove(cluster);
        if (gathered != null) {
            codecs.use(worker -> pack(worker, cluster, gathered));
        }
        Long entry = entries.remove(cluster);
        if (entry == null) {
            throw new IllegalArgumentException("cluster " + cluster + ": nothing was written for it");
        }
        long from = Entry.compressed(entry) ? Entry.streamPosition(entry, sizes.bits()) : Entry.position(entry);
        long to = Entry.compressed(entry) ? Entry.streamEnd(entry, sizes.bits()) : from + 1;
        for (long at = sizes.of(from); at <= sizes.of(to - 1); at++) {
            volume.referred(Changes.Kind.DATA, (int) at, sizes.table(cluster));
        }
        shown = Math.max(shown, cluster + 1);
        boolean whole = sizes.extended() && !Entry.compressed(entry);
        volume.replace(cluster, entry, whole ? Entry.ALL_ALLOCATED : 0);
    }

    /** What was written and not shown is given up; streams go elsewhere from now on. */
    public synchronized void forget() {
        parts.clear();
        entries.clear();
        next = shown;
        cursor = 0;
        end = 0;
        streams = 0;
    }

    /** Whole clusters that somebody wants stored as zeroes are stored as they are. */
    @Override
    public void zero(long position, long length) throws IOException {
        for (long at = position; at < position + length; ) {
            long cluster = sizes.of(at);
            int inside = (int) (at & sizes.size() - 1);
            int count = (int) Math.min(sizes.size() - inside, position + length - at);
            if (count == visible(cluster)) {
                long place = sizes.at(volume.space().hold());
                volume.storage().zero(place, sizes.size());
                entries.put(cluster, PLAIN | place);
            } else {
                byte[] known = parts.computeIfAbsent(cluster, key -> new byte[sizes.size()]);
                java.util.Arrays.fill(known, inside, inside + count, (byte) 0);
            }
            at += count;
        }
    }

    @Override
    public void read(ByteBuffer dst, long position) throws IOException {
        throw Bad.unsupported("what is compressed can be read when it is shown");
    }

    @Override
    public long size() {
        return volume.map().disk();
    }

    @Override
    public void resize(long size) throws IOException {
        throw Bad.unsupported("a disk is resized by its image");
    }

    @Override
    public void preallocate(long position, long length) {}

    @Override
    public void flush() throws IOException {
        volume.storage().flush();
    }

    @Override
    public void close() {}
}
