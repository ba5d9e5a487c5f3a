// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.backend.qcow2.layout.Bad;
import org.platter.backend.qcow2.layout.Clusters;
import org.platter.backend.qcow2.layout.Entry;
import org.platter.backend.qcow2.layout.Features;
import org.platter.backend.qcow2.table.Volume;
import org.platter.format.Run;
import org.platter.storage.Storage;

/**
 * Gives a disk another size. New bytes are free. The header changes last, in one sector, so that a loss of power leaves
 * the old or the new size. A longer L1 table is written elsewhere before. A disk shrinks where nothing is stored behind
 * the new end.
 */
final class Resize {
    private static final long MOST_L1 = 32L << 20;

    private final Volume volume;
    private final Clusters sizes;

    /** What is at an offset of the disk. */
    @FunctionalInterface
    interface Look {
        Run at(long offset) throws IOException;
    }

    Resize(Volume volume) {
        this.volume = volume;
        sizes = volume.sizes();
    }

    /** Changes the size of an image whose changes so far are durable. */
    void run(long size, Look look) throws IOException {
        long old = volume.map().disk();
        if (size < old) {
            requireNothing(size, look);
        } else if (size > old) {
            check(size, sizes);
            clearTail(look);
        }
        if (size != old) {
            if (volume.external() && (volume.head().header().autoclear() & Features.RAW_DATA) != 0) {
                volume.data().resize(size);
                volume.data().flush();
            }
            volume.resize(size);
        }
    }

    /** Refuses a size that no L1 table is long enough for. */
    static void check(long size, Clusters sizes) throws IOException {
        if (size > Long.MAX_VALUE - (1L << 40) || sizes.tables(size) * Long.BYTES > MOST_L1) {
            throw Bad.size("a disk of " + size + " bytes in clusters of " + sizes.size()
                    + " needs an L1 table of more than " + MOST_L1 + " bytes; larger clusters need a shorter one");
        }
    }

    private void requireNothing(long size, Look look) throws IOException {
        if (size <= 0) {
            throw Bad.size("a disk of " + size + " bytes");
        }
        for (long at = size; at < volume.map().disk(); ) {
            Run run = look.at(at);
            if (run instanceof Run.Data data && !zeroes(data, sizes.at(sizes.up(size)))) {
                throw Bad.unsupported("the disk cannot become " + size + " bytes: it has data at " + at
                        + ", which must be zeroed or discarded first");
            }
            at = run.end();
        }
    }

    /** True if the run is in the cluster that stays, and empty there. */
    private static boolean zeroes(Run.Data data, long end) throws IOException {
        if (data.end() > end) {
            return false;
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) data.length());
        data.storage().read(bytes, data.position());
        return bytes.flip().mismatch(ByteBuffer.allocate(bytes.limit())) < 0;
    }

    /** What is stored behind the end of the disk comes into sight. */
    private void clearTail(Look look) throws IOException {
        long last = volume.map().count() - 1;
        long visible = volume.map().disk() - sizes.at(Math.max(0, last));
        long entry = last < 0 ? 0 : volume.map().entry(last);
        boolean stored = Entry.compressed(entry) || Entry.position(entry) != 0 || volume.external() && entry != 0;
        if (!stored || visible == sizes.size() || Entry.zero(entry)) {
            return;
        }
        if (Entry.copied(entry)) {
            volume.data().zero(Entry.position(entry) + visible, sizes.size() - visible);
            volume.data().flush();
        } else {
            move(last, visible, entry, look);
        }
    }

    /** A cluster that must not be changed in place gets another one. */
    private void move(long cluster, long visible, long entry, Look look) throws IOException {
        Storage storage = volume.storage();
        int place = volume.space().one();
        long second = volume.map().second(cluster);
        if (Entry.compressed(entry)) {
            Run.Data run = (Run.Data) look.at(sizes.at(cluster));
            run.storage().transferTo(run.position(), visible, storage, sizes.at(place));
            second = sizes.extended() ? Entry.ALL_ALLOCATED : 0;
        } else {
            storage.transferTo(Entry.position(entry), visible, storage, sizes.at(place));
        }
        storage.zero(sizes.at(place) + visible, sizes.size() - visible);
        volume.show(cluster, place, second);
        volume.commit();
    }
}
