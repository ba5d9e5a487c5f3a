// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.transfer;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.shell.print.Output;
import org.platter.shell.print.OutputException;
import org.platter.storage.Storage;

/** Standard output as a storage: bytes go out in order and never come back. */
final class PipeStorage implements Storage {
    private final URI location;
    private final Output out; // guarded by this
    private long size; // guarded by this

    PipeStorage(URI location, Output out) {
        this.location = location;
        this.out = out;
    }

    @Override
    public URI location() {
        return location;
    }

    @Override
    public void read(ByteBuffer dst, long position) throws IOException {
        throw backwards();
    }

    @Override
    public synchronized void write(ByteBuffer src, long position) throws IOException {
        if (position != size) {
            throw backwards();
        }
        size += src.remaining();
        try {
            out.bytes(src);
        } catch (OutputException e) {
            throw new DiskException(e.full() ? ErrorCode.DISK_FULL : ErrorCode.IO, e.getMessage(), e);
        }
    }

    private static DiskException backwards() {
        return new DiskException(ErrorCode.NOT_SUPPORTED, "standard output only goes forward");
    }

    @Override
    public synchronized long size() {
        return size;
    }

    @Override
    public void resize(long size) throws IOException {
        throw backwards();
    }

    @Override
    public synchronized void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() {
        // the output belongs to the command
    }
}
