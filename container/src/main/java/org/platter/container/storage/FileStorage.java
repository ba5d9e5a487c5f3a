// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.platter.container.storage.host.CopyBuffers;
import org.platter.container.storage.host.Descriptors;
import org.platter.container.storage.host.HostFailure;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/**
 * A regular file or block device, by one of its names. All storages of one file share its channel. Safe for use by many
 * threads; transfers take no lock, except that large changes of a file take turns, and those which may grow it keep
 * resizing out. A thread may be interrupted at any time: the transfer is completed all the same and the interrupt kept.
 */
final class FileStorage implements Storage {
    /** Transfers of heap buffers are done in such pieces: Java keeps a direct buffer as large as the largest for each thread. */
    private static final int HEAP_PIECE = 128 << 10;

    /** From here on writes take turns; one call for all of it, because the host then finds its memory in large pieces. */
    private static final int LARGE_WRITE = 128 << 10;

    /** From here on space is reserved before a write: the host finds room for all of it at once, not block by block. */
    private static final int RESERVED = 256 << 10;

    /** From here on asking the host to copy pays; below, it is not worth loading JNA for. */
    private static final long SMALLEST_HOST_COPY = 1 << 20;

    private final SharedFile file;
    private final boolean writer;
    private volatile Path path;
    private volatile URI location;
    private volatile boolean closed;
    private volatile boolean synced = true;

    private interface Transfer {
        int of(FileChannel channel, ByteBuffer buffer, long position) throws IOException;
    }

    private interface Call {
        long on(FileChannel channel) throws IOException;
    }

    FileStorage(SharedFile file, Path path, boolean writer) {
        this.file = file;
        this.writer = writer;
        moved(path);
    }

    /** From now on a flush leaves it to the host when bytes reach the medium. */
    FileStorage unsynced() {
        synced = false;
        return this;
    }

    boolean leavesFlushing() {
        return !synced;
    }

    Path path() {
        return path;
    }

    void moved(Path to) {
        path = to;
        location = to.toUri();
    }

    @Override
    public URI location() {
        return location;
    }

    @Override
    public boolean readOnly() {
        return !writer;
    }

    @Override
    public void read(ByteBuffer dst, long position) throws IOException {
        try {
            transfer(FileChannel::read, dst, position);
        } catch (IOException e) {
            throw HostFailure.of(path, "read", e);
        }
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        requireWriter();
        long end = position + src.remaining();
        if (!src.hasRemaining()) {
            return;
        }
        if (file.device()) {
            requireInside(position, src.remaining());
            put(src, position);
        } else if (file.growth().covers(end)) {
            put(src, position);
        } else {
            file.growth().beginWrite();
            long reached = 0;
            try {
                put(src, position);
                reached = end;
            } finally {
                file.growth().endWrite(reached);
            }
        }
    }

    private void put(ByteBuffer src, long position) throws IOException {
        boolean large = src.remaining() >= LARGE_WRITE && !file.device();
        if (large) {
            file.largeWrites().lock();
        }
        try {
            if (large && src.remaining() >= RESERVED) {
                file.descriptors().reserve(path, position, src.remaining(), false);
            }
            transfer(FileChannel::write, src, position);
        } catch (IOException e) {
            throw HostFailure.of(path, "write", e);
        } finally {
            if (large) {
                file.largeWrites().unlock();
            }
        }
    }

    private void transfer(Transfer way, ByteBuffer buffer, long position) throws IOException {
        boolean interrupted = Thread.interrupted();
        int start = buffer.position();
        int limit = buffer.limit();
        int piece = buffer.isDirect() ? Integer.MAX_VALUE : HEAP_PIECE;
        try {
            while (buffer.position() < limit) {
                buffer.limit((int) Math.min(limit, (long) buffer.position() + piece));
                FileChannel channel = channel();
                try {
                    if (way.of(channel, buffer, position + buffer.position() - start) < 0) {
                        throw endReached(position, limit - start);
                    }
                } catch (ClosedChannelException e) {
                    interrupted |= Thread.interrupted();
                    file.recover(path, channel);
                }
            }
        } finally {
            buffer.limit(limit);
            restore(interrupted);
        }
    }

    private long call(String doing, Call call) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                FileChannel channel = channel();
                try {
                    return call.on(channel);
                } catch (ClosedChannelException e) {
                    interrupted |= Thread.interrupted();
                    file.recover(path, channel);
                }
            }
        } catch (IOException e) {
            throw HostFailure.of(path, doing, e);
        } finally {
            restore(interrupted);
        }
    }

    private static void restore(boolean interrupted) {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private FileChannel channel() throws DiskException {
        requireOpen();
        return file.channel(writer);
    }

    private EOFException endReached(long position, int length) throws IOException {
        return new EOFException(HostFailure.shown(path) + ": " + length + " bytes wanted at " + position
                + ", the file ends at " + size());
    }

    private void requireOpen() throws DiskException {
        if (closed) {
            throw new DiskException(ErrorCode.BAD_STATE, HostFailure.shown(path) + ": is closed");
        }
    }

    private void requireWriter() throws DiskException {
        requireOpen();
        if (!writer) {
            throw new DiskException(ErrorCode.READ_ONLY, HostFailure.shown(path) + ": is open for reading only");
        }
        file.channel(true);
    }

    /** A device does not grow, and says that it is full where nobody can write. */
    private void requireInside(long position, long length) throws IOException {
        long size = size();
        if (position > size - length) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE,
                    HostFailure.shown(path) + ": device of " + size + " bytes cannot hold " + length + " bytes at "
                            + position);
        }
    }

    @Override
    public long size() throws IOException {
        return call("read the size", FileChannel::size);
    }

    @Override
    public void resize(long size) throws IOException {
        requireWriter();
        if (file.device()) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, HostFailure.shown(path) + ": a device cannot be resized");
        }
        changeSize(size, true);
    }

    private void changeSize(long size, boolean mayShrink) throws IOException {
        long known = 0;
        file.growth().beginResize(mayShrink ? size : Long.MAX_VALUE);
        try {
            long old = size();
            if (old < size) {
                put(ByteBuffer.allocate(1), size - 1);
            } else if (old > size && mayShrink) {
                call("resize", channel -> channel.truncate(size).size());
            }
            known = size;
        } finally {
            file.growth().endResize(known);
        }
    }

    @Override
    public void flush() throws IOException {
        requireOpen();
        if (writer && synced) {
            call("flush", channel -> file.flush(path, channel));
        }
    }

    @Override
    public long nextData(long position) throws IOException {
        return next(position, true);
    }

    @Override
    public long nextHole(long position) throws IOException {
        return next(position, false);
    }

    private long next(long position, boolean data) throws IOException {
        long size = size();
        if (position >= size) {
            return size;
        }
        long found = file.device() ? Descriptors.UNKNOWN : file.descriptors().seek(path, position, data);
        if (found == Descriptors.UNKNOWN) {
            return data ? position : size;
        }
        return found == Descriptors.NO_MORE ? size : Math.min(found, size);
    }

    @Override
    public long allocatedSize() throws IOException {
        long size = size();
        long allocated =
                file.device() ? Descriptors.UNKNOWN : file.descriptors().allocated(path);
        return allocated == Descriptors.UNKNOWN ? size : allocated;
    }

    @Override
    public void zero(long position, long length) throws IOException {
        requireWriter();
        if (length == 0) {
            return;
        }
        if (file.device()) {
            requireInside(position, length);
        }
        long size = size();
        long inside = Math.min(length, size - position);
        if (inside > 0 && !punch(position, inside)) {
            Storage.super.zero(position, inside);
        }
        if (inside < length) {
            changeSize(position + length, false);
        }
    }

    @Override
    public void discard(long position, long length) throws IOException {
        requireWriter();
        long inside = Math.min(length, size() - position);
        if (inside > 0) {
            punch(position, inside);
        }
    }

    private boolean punch(long position, long length) {
        return !file.device() && file.descriptors().punch(path, position, length);
    }

    @Override
    public void preallocate(long position, long length) throws IOException {
        requireWriter();
        long end = position + length;
        if (file.device()) {
            requireInside(position, length);
        } else if (!(length > 0 && reserve(position, length)) && end > size()) {
            changeSize(end, false);
        }
    }

    private boolean reserve(long position, long length) throws IOException {
        long reached = 0;
        file.growth().beginWrite();
        file.largeWrites().lock();
        try {
            reached = file.descriptors().reserve(path, position, length, true) ? position + length : 0;
            return reached > 0;
        } finally {
            file.largeWrites().unlock();
            file.growth().endWrite(reached);
        }
    }

    @Override
    public void transferTo(long position, long length, Storage target, long targetPosition) throws IOException {
        requireOpen();
        long done = target instanceof FileStorage other ? hostCopy(position, length, other, targetPosition) : 0;
        copy(position + done, length - done, target, targetPosition + done);
    }

    private long hostCopy(long position, long length, FileStorage target, long targetPosition) throws IOException {
        target.requireWriter();
        if (length < SMALLEST_HOST_COPY
                || file.device()
                || target.file.device()
                || overlaps(position, length, target, targetPosition)) {
            return 0;
        }
        long done = 0;
        target.file.growth().beginWrite();
        target.file.largeWrites().lock();
        try {
            done = file.descriptors()
                    .copy(path, position, length, target.file.descriptors(), target.path, targetPosition);
            return done;
        } finally {
            target.file.largeWrites().unlock();
            target.file.growth().endWrite(done == 0 ? 0 : targetPosition + done);
        }
    }

    private boolean overlaps(long position, long length, Storage target, long targetPosition) {
        return target instanceof FileStorage other
                && other.file == file
                && Math.abs(position - targetPosition) < length;
    }

    private void copy(long position, long length, Storage target, long targetPosition) throws IOException {
        boolean backwards = position < targetPosition && overlaps(position, length, target, targetPosition);
        ByteBuffer buffer = CopyBuffers.take();
        try {
            for (long done = 0; done < length; done += buffer.limit()) {
                buffer.clear().limit((int) Math.min(buffer.capacity(), length - done));
                long at = backwards ? length - done - buffer.limit() : done;
                read(buffer, position + at);
                target.write(buffer.flip(), targetPosition + at);
            }
        } finally {
            CopyBuffers.give(buffer);
        }
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            file.detach(this);
        }
    }

    @Override
    public String toString() {
        return HostFailure.shown(path);
    }
}
