// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.storage.Storage;
import org.platter.testkit.ForwardingStorage;

/** A storage that says when it is read or changed. */
final class WatchedStorage extends ForwardingStorage {
    private final Runnable onAccess;

    WatchedStorage(Storage below, Runnable onAccess) {
        super(below);
        this.onAccess = onAccess;
    }

    @Override
    public void read(ByteBuffer dst, long position) throws IOException {
        onAccess.run();
        super.read(dst, position);
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        onAccess.run();
        super.write(src, position);
    }

    @Override
    public void resize(long size) throws IOException {
        onAccess.run();
        super.resize(size);
    }

    @Override
    public void flush() throws IOException {
        onAccess.run();
        super.flush();
    }

    @Override
    public void zero(long position, long length) throws IOException {
        onAccess.run();
        super.zero(position, length);
    }

    @Override
    public void discard(long position, long length) throws IOException {
        onAccess.run();
        super.discard(position, length);
    }
}
