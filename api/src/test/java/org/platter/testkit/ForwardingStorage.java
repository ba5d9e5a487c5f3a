// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.platter.storage.Storage;

/** Hands every call to another storage; a base for storages that do something on the way. */
public class ForwardingStorage implements Storage {
    private final Storage below;

    /** Forwards to {@code below}. */
    protected ForwardingStorage(Storage below) {
        this.below = Objects.requireNonNull(below);
    }

    /** The storage that does the work. */
    public final Storage below() {
        return below;
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
        below.write(src, position);
    }

    @Override
    public long size() throws IOException {
        return below.size();
    }

    @Override
    public void resize(long size) throws IOException {
        below.resize(size);
    }

    @Override
    public void flush() throws IOException {
        below.flush();
    }

    @Override
    public boolean readOnly() {
        return below.readOnly();
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
        below.zero(position, length);
    }

    @Override
    public void discard(long position, long length) throws IOException {
        below.discard(position, length);
    }

    @Override
    public void preallocate(long position, long length) throws IOException {
        below.preallocate(position, length);
    }

    @Override
    public void close() throws IOException {
        below.close();
    }

    @Override
    public String toString() {
        return below.toString();
    }
}
