// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.extent;

import java.io.IOException;
import org.platter.format.Run;
import org.platter.storage.Storage;

/**
 * Bytes as they are, from a position of a file or device on. A file that ends before its extent does is completed by
 * zeroes, and grows by the first write behind its end.
 */
public final class FlatExtent implements Extent {
    private final Storage storage;
    private final long position;
    private boolean thin; // set before others see it
    private volatile long size;
    private volatile long present; // bytes from the start that the storage has

    private FlatExtent(Storage storage, long position, long size, long present) {
        this.storage = storage;
        this.position = position;
        this.size = size;
        this.present = present;
    }

    /** An extent of {@code size} bytes from {@code position} of the storage on. */
    public static FlatExtent of(Storage storage, long position, long size) throws IOException {
        return new FlatExtent(storage, position, size, Math.max(0, Math.min(size, storage.size() - position)));
    }

    /** The same, whose file stays a sparse one when it grows. */
    public FlatExtent thin() {
        thin = true;
        return this;
    }

    /** True if the storage holds all bytes of the extent. */
    public boolean whole() {
        return present == size;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public Run map(long offset, long length) {
        long there = present;
        return offset < there
                ? new Run.Data(offset, Math.min(length, there - offset), storage, position + offset)
                : new Run.Zero(offset, length);
    }

    @Override
    public Run.Data allocate(long offset, long length) throws IOException {
        if (offset < present) {
            throw Bad.unsupported("VMDK flat extent: byte " + offset + " is there and is nowhere else");
        }
        storage.resize(Math.max(storage.size(), position + size));
        return new Run.Data(offset, length, storage, position + offset);
    }

    @Override
    public void remap(Run run) throws IOException {
        if (!(run instanceof Run.Data)) {
            throw Bad.unsupported("VMDK flat extent: cannot mark bytes as free or zero");
        }
        present = size;
    }

    @Override
    public boolean growable() {
        return true;
    }

    @Override
    public void grow(long newSize) throws IOException {
        long end = position + size;
        long stale = Math.min(storage.size(), position + newSize) - end;
        if (stale > 0) {
            storage.zero(end, stale);
        }
        if (thin) {
            storage.resize(Math.max(storage.size(), position + newSize));
        } else {
            storage.preallocate(position, newSize);
        }
        storage.flush();
        size = newSize;
        present = newSize;
    }

    @Override
    public void flush() throws IOException {
        storage.flush();
    }
}
