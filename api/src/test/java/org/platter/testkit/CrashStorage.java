// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.testkit.CrashClock.Change;

/** A storage in memory whose changes and flushes a {@link CrashClock} notes, to find out what a loss of power leaves. */
public final class CrashStorage extends ForwardingStorage {
    private final CrashClock clock;

    /** Notes changes of {@code content}, which counts as durable as it is now. */
    public CrashStorage(MemoryStorage content, CrashClock clock) {
        super(content);
        this.clock = clock;
        clock.start(this, content);
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        byte[] bytes = new byte[src.remaining()];
        src.duplicate().get(bytes);
        clock.tick(this, new Change.Write(position, bytes), () -> super.write(src, position));
    }

    @Override
    public void resize(long size) throws IOException {
        clock.tick(this, new Change.Resize(size), () -> super.resize(size));
    }

    @Override
    public void flush() throws IOException {
        clock.tick(this, new Change.Flush(), super::flush);
    }

    @Override
    public void zero(long position, long length) throws IOException {
        clock.tick(this, new Change.Zero(position, length), () -> super.zero(position, length));
    }

    @Override
    public void discard(long position, long length) throws IOException {
        clock.tick(this, new Change.Discard(position, length), () -> super.discard(position, length));
    }

    @Override
    public void preallocate(long position, long length) throws IOException {
        if (position + length > size()) {
            resize(position + length);
        }
    }
}
