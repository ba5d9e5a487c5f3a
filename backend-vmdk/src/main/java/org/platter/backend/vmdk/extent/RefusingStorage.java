// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.extent;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import org.platter.error.DiskException;
import org.platter.storage.Storage;

/** A storage whose bytes must not be changed, with the reason why. Threading is that of the storage below. */
public final class RefusingStorage implements Storage {
    private final Storage below;
    private final DiskException reason;

    /** Reads from {@code below} and fails every change with {@code reason}. */
    public RefusingStorage(Storage below, DiskException reason) {
        this.below = below;
        this.reason = reason;
    }

    private DiskException refusal() {
        return new DiskException(reason.code(), reason.getMessage());
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
    public void write(ByteBuffer src, long position) throws IOException {
        throw refusal();
    }

    @Override
    public long size() throws IOException {
        return below.size();
    }

    @Override
    public void resize(long size) throws IOException {
        throw refusal();
    }

    @Override
    public void flush() {}

    @Override
    public boolean readOnly() {
        return true;
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
    public void zero(long position, long length) throws IOException {
        throw refusal();
    }

    @Override
    public void preallocate(long position, long length) throws IOException {
        throw refusal();
    }

    @Override
    public void transferTo(long position, long length, Storage target, long targetPosition) throws IOException {
        below.transferTo(position, length, target, targetPosition);
    }

    @Override
    public void close() {}
}
