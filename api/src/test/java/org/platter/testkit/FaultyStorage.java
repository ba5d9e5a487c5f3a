// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.storage.Storage;
import org.platter.testkit.Faults.Operation;

/** A storage that fails when its {@link Faults} say so. A call that fails has done nothing, or the first half of a write, in sectors. */
public final class FaultyStorage extends ForwardingStorage {
    private final Faults faults;

    /** Fails by plan in front of {@code below}. */
    public FaultyStorage(Storage below, Faults faults) {
        super(below);
        this.faults = faults;
    }

    @Override
    public void read(ByteBuffer dst, long position) throws IOException {
        check(Operation.READ);
        super.read(dst, position);
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        if (faults.strikes(Operation.WRITE)) {
            if (faults.torn()) {
                super.write(src.slice(src.position(), src.remaining() / 1024 * 512), position);
            }
            throw Faults.failure(Operation.WRITE, this);
        }
        checkSpace(position + src.remaining());
        super.write(src, position);
    }

    @Override
    public void resize(long size) throws IOException {
        check(Operation.RESIZE);
        checkSpace(size);
        super.resize(size);
    }

    @Override
    public void flush() throws IOException {
        check(Operation.FLUSH);
        super.flush();
    }

    @Override
    public void zero(long position, long length) throws IOException {
        check(Operation.WRITE);
        checkSpace(position + length);
        super.zero(position, length);
    }

    @Override
    public void discard(long position, long length) throws IOException {
        check(Operation.WRITE);
        super.discard(position, length);
    }

    @Override
    public void preallocate(long position, long length) throws IOException {
        check(Operation.WRITE);
        checkSpace(position + length);
        super.preallocate(position, length);
    }

    private void check(Operation operation) throws IOException {
        if (faults.strikes(operation)) {
            throw Faults.failure(operation, this);
        }
    }

    private void checkSpace(long end) throws IOException {
        if (end > size()) {
            faults.checkSpace(end, this);
        }
    }
}
