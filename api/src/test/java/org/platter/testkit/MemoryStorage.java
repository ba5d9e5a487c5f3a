// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/**
 * A sparse storage in memory, of any size up to 2^62 bytes. Holes are pages of {@value #PAGE} bytes that were never
 * written, or were zeroed or discarded as a whole; {@link #nextData} and {@link #nextHole} know every one of them.
 * Several handles may share one content; each is closed on its own.
 */
public final class MemoryStorage implements Storage {
    /** The unit of holes, bytes. */
    public static final int PAGE = 4096;

    /** The largest size, bytes. */
    public static final long MOST = 1L << 62;

    private final URI location;
    private final Pages pages;
    private final boolean readOnly;
    private volatile boolean closed;

    private MemoryStorage(URI location, Pages pages, boolean readOnly) {
        this.location = location;
        this.pages = pages;
        this.readOnly = readOnly;
    }

    /** An empty storage with a location made of {@code name}. */
    public static MemoryStorage named(String name) {
        return at(locationOf(name));
    }

    /** An empty storage at a location. */
    public static MemoryStorage at(URI location) {
        return new MemoryStorage(location, new Pages(), false);
    }

    /** A storage that holds these bytes. */
    public static MemoryStorage of(byte[] bytes) {
        return of(ByteBuffer.wrap(bytes));
    }

    /** A storage that holds the rest of the buffer. */
    public static MemoryStorage of(ByteBuffer bytes) {
        MemoryStorage storage = named("bytes");
        storage.pages.write(bytes, 0);
        return storage;
    }

    /** The location that {@link #named} gives: {@code memory:/NAME}. */
    public static URI locationOf(String name) {
        return URI.create("memory:/")
                .resolve(URI.create("/" + name.replace("%", "%25").replace(" ", "%20")));
    }

    /** Another open storage on the same bytes. */
    public MemoryStorage handle() {
        return new MemoryStorage(location, pages, readOnly);
    }

    /** Another open storage on the same bytes that refuses changes. */
    public MemoryStorage readOnlyHandle() {
        return new MemoryStorage(location, pages, true);
    }

    /** An open storage on a copy of the bytes. */
    public MemoryStorage copy() {
        return new MemoryStorage(location, pages.copy(), false);
    }

    /** True if both hold the same bytes; holes count as zeroes. */
    public boolean sameBytes(MemoryStorage other) {
        return pages.sameBytes(other.pages);
    }

    /** A range as a fresh array. */
    public byte[] bytes(long position, int length) throws IOException {
        byte[] bytes = new byte[length];
        read(ByteBuffer.wrap(bytes), position);
        return bytes;
    }

    /** Everything as a fresh array. */
    public byte[] bytes() throws IOException {
        return bytes(0, Math.toIntExact(size()));
    }

    /** True after {@link #close}. */
    public boolean closed() {
        return closed;
    }

    @Override
    public URI location() {
        return location;
    }

    @Override
    public void read(ByteBuffer dst, long position) throws IOException {
        checkOpen(position, dst.remaining());
        if (!pages.read(dst, position)) {
            throw new EOFException(location + ": ends at " + size() + ", before " + position + "+" + dst.remaining());
        }
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        checkWritable(position, src.remaining());
        pages.write(src, position);
    }

    @Override
    public long size() throws IOException {
        checkOpen(0, 0);
        return pages.size();
    }

    @Override
    public void resize(long size) throws IOException {
        checkWritable(size, 0);
        pages.resize(size);
    }

    @Override
    public void flush() throws IOException {
        checkOpen(0, 0);
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public long nextData(long position) throws IOException {
        checkOpen(position, 0);
        return pages.nextData(position);
    }

    @Override
    public long nextHole(long position) throws IOException {
        checkOpen(position, 0);
        return pages.nextHole(position);
    }

    @Override
    public long allocatedSize() throws IOException {
        checkOpen(0, 0);
        return pages.allocated();
    }

    @Override
    public void zero(long position, long length) throws IOException {
        checkWritable(position, length);
        pages.zero(position, length, true);
    }

    @Override
    public void discard(long position, long length) throws IOException {
        checkWritable(position, length);
        pages.zero(position, length, false);
    }

    @Override
    public void close() {
        closed = true;
    }

    private void checkWritable(long position, long length) throws IOException {
        checkOpen(position, length);
        if (readOnly) {
            throw new DiskException(ErrorCode.READ_ONLY, location + ": is open for reading only");
        }
        if (position > MOST - length) {
            throw new DiskException(ErrorCode.DISK_FULL, location + ": " + position + "+" + length + " is above 2^62");
        }
    }

    private void checkOpen(long position, long length) throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        if (position < 0 || length < 0) {
            throw new IllegalArgumentException("negative range " + position + "+" + length);
        }
    }

    @Override
    public String toString() {
        return location.toString();
    }
}
