// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/** A storage that can be read only, though the one below could be changed. */
final class FrozenStorage implements Storage {
    private final Storage below;

    FrozenStorage(Storage below) {
        this.below = below;
    }

    @Override
    public boolean readOnly() {
        return true;
    }

    @Override
    public URI location() {
        return below.location();
    }

    @Override
    public void read(ByteBuffer dst, long position) throws IOException {
        below.read(dst, position);
    }

    @Override
    public long size() throws IOException {
        return below.size();
    }

    @Override
    public long nextData(long position) throws IOException {
        return below.nextData(position);
    }

    @Override
    public long nextHole(long position) throws IOException {
        return below.nextHole(position);
    }

    @Override
    public long allocatedSize() throws IOException {
        return below.allocatedSize();
    }

    @Override
    public void transferTo(long position, long length, Storage target, long targetPosition) throws IOException {
        below.transferTo(position, length, target, targetPosition);
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        throw refusal();
    }

    @Override
    public void resize(long size) throws IOException {
        throw refusal();
    }

    @Override
    public void zero(long position, long length) throws IOException {
        throw refusal();
    }

    @Override
    public void discard(long position, long length) throws IOException {
        throw refusal();
    }

    @Override
    public void preallocate(long position, long length) throws IOException {
        throw refusal();
    }

    @Override
    public void flush() throws IOException {
        below.flush();
    }

    /** The storage below belongs to the platform. */
    @Override
    public void close() {}

    private DiskException refusal() {
        return new DiskException(
                ErrorCode.READ_ONLY, location() + ": the image must not be changed before it is repaired");
    }
}
