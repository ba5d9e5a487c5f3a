// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.storage.Storage;

/** A storage of an image context: a format that misuses it fails the test, and is not asked whether it catches that. */
final class GuardedStorage extends ForwardingStorage {
    private final boolean writable;
    private volatile boolean ended;

    GuardedStorage(Storage below, boolean writable) {
        super(below);
        this.writable = writable;
    }

    void end() {
        ended = true;
    }

    private void checkUse() {
        if (ended) {
            throw new AssertionError(this + ": used after its image was closed");
        }
    }

    private void checkChange() {
        checkUse();
        if (!writable) {
            throw new AssertionError(this + ": changed though it is open for reading only");
        }
    }

    @Override
    public boolean readOnly() {
        return !writable;
    }

    @Override
    public void read(ByteBuffer dst, long position) throws IOException {
        checkUse();
        super.read(dst, position);
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        checkChange();
        super.write(src, position);
    }

    @Override
    public long size() throws IOException {
        checkUse();
        return super.size();
    }

    @Override
    public void resize(long size) throws IOException {
        checkChange();
        super.resize(size);
    }

    @Override
    public void flush() throws IOException {
        checkUse();
        super.flush();
    }

    @Override
    public void zero(long position, long length) throws IOException {
        checkChange();
        super.zero(position, length);
    }

    @Override
    public void discard(long position, long length) throws IOException {
        checkChange();
        super.discard(position, length);
    }

    @Override
    public void preallocate(long position, long length) throws IOException {
        checkChange();
        super.preallocate(position, length);
    }

    @Override
    public void close() {
        throw new AssertionError(this + ": closed by the format, but it belongs to the platform");
    }
}
