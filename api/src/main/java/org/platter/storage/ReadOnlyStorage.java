// SPDX-License-Identifier: Apache-2.0
package org.platter.storage;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * A view of another storage that cannot be changed: every change fails with one reason. Formats show data through it that
 * must not be overwritten in place, such as shared blocks, or a damaged image before its repair. Threading is that of the
 * storage below, which stays open when the view is closed.
 */
public final class ReadOnlyStorage implements Storage {
    private final Storage below;
    private final ErrorCode code;
    private final String reason;

    /** Reads from {@code below}; changes fail with {@code code} and {@code reason}. */
    public ReadOnlyStorage(Storage below, ErrorCode code, String reason) {
        this.below = below;
        this.code = code;
        this.reason = reason;
    }

    /** A new exception each time: one that is shared would show the first caller's stack to all. */
    private DiskException refusal() {
        return new DiskException(code, reason);
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

    /** Nothing can have been written through this. */
    @Override
    public void flush() {}

    @Override
    public void close() {}
}
