// SPDX-License-Identifier: Apache-2.0
package org.platter.itest.place;

import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;
import org.platter.storage.StorageProvider;

/** Files by another scheme, read-only. */
public final class PlaceProvider implements StorageProvider {
    /** Made by the framework. */
    public PlaceProvider() {}

    @Override
    public Storage open(URI location, Set<Mode> modes) throws IOException {
        if (!modes.isEmpty()) {
            throw refused();
        }
        return new Bytes(location, ByteBuffer.wrap(Files.readAllBytes(Path.of(location.getPath()))));
    }

    private static DiskException refused() {
        return new DiskException(ErrorCode.READ_ONLY, "a place is only read");
    }

    @Override
    public void delete(URI location) throws IOException {
        throw refused();
    }

    @Override
    public boolean exists(URI location) {
        return Files.exists(Path.of(location.getPath()));
    }

    @Override
    public URI resolve(URI base, String name, boolean external) {
        return base.resolve(name);
    }

    private record Bytes(URI location, ByteBuffer content) implements Storage {
        @Override
        public void read(ByteBuffer dst, long position) throws IOException {
            if (position + dst.remaining() > content.capacity()) {
                throw new EOFException("the end is at " + content.capacity());
            }
            dst.put(content.slice((int) position, dst.remaining()));
        }

        @Override
        public long size() {
            return content.capacity();
        }

        @Override
        public boolean readOnly() {
            return true;
        }

        @Override
        public void write(ByteBuffer src, long position) throws IOException {
            throw refused();
        }

        @Override
        public void resize(long size) throws IOException {
            throw refused();
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
