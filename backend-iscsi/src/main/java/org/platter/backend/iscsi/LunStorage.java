// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.concurrent.CompletableFuture;
import org.platter.backend.iscsi.scsi.Cdb;
import org.platter.backend.iscsi.scsi.UnitInfo;
import org.platter.backend.iscsi.session.Request;
import org.platter.backend.iscsi.session.Session;
import org.platter.backend.iscsi.session.Task;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.AsyncStorage;

/** The bytes of a logical unit. Of a fixed size. Closing it does nothing: the image closes the session. */
final class LunStorage implements AsyncStorage {
    private final URI location;
    private final Session session;
    private final UnitInfo facts;
    private final boolean readOnly;
    private final Transfers transfers;
    private final Provisioning provisioning;
    private final long lun;
    private final long flushTimeout;

    LunStorage(
            URI location, Session session, long lun, UnitInfo facts, boolean readOnly, long writeSplit, long timeout) {
        this.location = location;
        this.session = session;
        this.lun = lun;
        this.facts = facts;
        this.readOnly = readOnly;
        flushTimeout = 4 * timeout;
        transfers = new Transfers(session, lun, facts, writeSplit, timeout);
        provisioning = new Provisioning(this, session, lun, facts, flushTimeout);
    }

    @Override
    public URI location() {
        return location;
    }

    @Override
    public long size() {
        return facts.size();
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public void read(ByteBuffer dst, long position) throws IOException {
        checkRead(dst, position);
        Request request = Request.waited();
        transfers.read(request, dst, position);
        session.await(request);
        dst.position(dst.limit());
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        checkWrite(position, src.remaining());
        provisioning.changed();
        Request request = Request.waited();
        transfers.write(request, src, position);
        session.await(request);
        src.position(src.limit());
    }

    @Override
    public void flush() throws IOException {
        if (!readOnly) {
            Request request = Request.waited();
            session.start(request, flushing(request));
            session.await(request);
        }
    }

    private Task flushing(Request request) {
        return new Task.Builder(request, lun, Task.Kind.FLUSH, Cdb.SYNCHRONIZE_CACHE)
                .timeout(flushTimeout)
                .build();
    }

    @Override
    public CompletableFuture<Void> readAsync(ByteBuffer dst, long position) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        try {
            checkRead(dst, position);
            transfers.read(Request.promised(future), dst, position);
            dst.position(dst.limit());
        } catch (IOException e) {
            future.completeExceptionally(e);
        }
        return future;
    }

    @Override
    public CompletableFuture<Void> writeAsync(ByteBuffer src, long position) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        try {
            checkWrite(position, src.remaining());
            provisioning.changed();
            transfers.write(Request.promised(future), src, position);
            src.position(src.limit());
        } catch (IOException e) {
            future.completeExceptionally(e);
        }
        return future;
    }

    @Override
    public CompletableFuture<Void> flushAsync() {
        CompletableFuture<Void> future = new CompletableFuture<>();
        if (readOnly) {
            future.complete(null);
        } else {
            Request request = Request.promised(future);
            session.start(request, flushing(request));
        }
        return future;
    }

    private void checkRead(ByteBuffer dst, long position) throws IOException {
        if (dst.isReadOnly()) {
            throw new ReadOnlyBufferException();
        }
        if (position < 0) {
            throw new IllegalArgumentException("position " + position);
        }
        if (dst.remaining() > size() - position) {
            throw new EOFException("read of " + dst.remaining() + " bytes at " + position + ", the unit has " + size());
        }
    }

    void checkWrite(long position, long length) throws IOException {
        if (position < 0 || length < 0) {
            throw new IllegalArgumentException("position " + position + ", length " + length);
        }
        if (readOnly) {
            throw new DiskException(ErrorCode.READ_ONLY, "the unit is open for reading only");
        }
        if (length > size() - position) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE,
                    "write of " + length + " bytes at " + position + ": the unit has " + size() + " and cannot grow");
        }
    }

    @Override
    public void resize(long size) throws IOException {
        if (size != size()) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "an iSCSI unit cannot be resized from here");
        }
    }

    @Override
    public void preallocate(long position, long length) throws IOException {
        resize(Math.max(size(), position + length));
    }

    @Override
    public long nextData(long position) throws IOException {
        return provisioning.nextData(position);
    }

    @Override
    public long nextHole(long position) throws IOException {
        return provisioning.nextHole(position);
    }

    @Override
    public void zero(long position, long length) throws IOException {
        checkWrite(position, length);
        provisioning.zero(position, length);
    }

    @Override
    public void discard(long position, long length) throws IOException {
        checkWrite(position, length);
        provisioning.discard(position, length);
    }

    @Override
    public void close() {
        // the session belongs to the image
    }
}
