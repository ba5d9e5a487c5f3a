// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.sparse;

import java.io.IOException;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.backend.vmdk.layout.Layout;
import org.platter.backend.vmdk.layout.Ramp;
import org.platter.storage.Storage;

/**
 * Makes tables for more grains. New tables, and directories that need another place, are durable before the header names
 * them, so that a crash leaves the old size. For one thread.
 */
final class SparseGrowth {
    private final SparseExtent extent;
    private final Storage storage;
    private final Layout old;

    SparseGrowth(SparseExtent extent) {
        this.extent = extent;
        storage = extent.storage();
        old = extent.layout();
    }

    /** Prepares the file for the new size; the layout counts when the header holds it. */
    Layout grow(long newSize) throws IOException {
        Layout wanted = old.grown(newSize, old.directory(), old.redundant());
        if (newSize <= old.size() || wanted.tables() == old.tables()) {
            wipeTail(newSize);
            return newSize <= old.size() ? old : wanted;
        }
        wanted.checkTables();
        wipeTail(newSize);
        if (wanted.directoryBytes() > old.directoryBytes()) {
            long bytes = wanted.directoryBytes();
            long redundant = old.mirrored() ? move(old.redundant(), bytes) : -1;
            wanted = old.grown(newSize, move(old.directory(), bytes), redundant);
        }
        if (old.mirrored()) {
            append(wanted.redundant(), wanted.tables());
        }
        append(wanted.directory(), wanted.tables());
        storage.flush();
        return wanted;
    }

    /** What the last grain holds behind the old end becomes visible, and may be anything in images of others. */
    private void wipeTail(long newSize) throws IOException {
        long from = extent.size();
        long grain = from >> old.shift();
        long inside = from & old.grain() - 1;
        int entry = inside == 0 ? 0 : extent.tables().entry(grain);
        if (Integer.compareUnsigned(entry, 1) > 0) {
            long position = Sectors.position(entry) + inside;
            storage.zero(position, Math.min(old.grain() - inside, newSize - from));
        }
    }

    private long move(long directory, long bytes) throws IOException {
        long target = extent.space().table(bytes);
        storage.zero(target, bytes);
        storage.transferTo(directory, old.tables() * Integer.BYTES, storage, target);
        return target;
    }

    /** New tables without entries, named by the directory behind those that it has. */
    private void append(long directory, long newTables) throws IOException {
        long count = newTables - old.tables();
        long position = extent.space().table(count * old.tableBytes());
        storage.zero(position, count * old.tableBytes());
        new Ramp(storage).write(directory + old.tables() * Integer.BYTES, position, old.tableBytes(), count);
    }
}
