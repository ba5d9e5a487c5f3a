// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import org.platter.storage.Storage;

/** A plain file, so that other programs can see what the format writes, and the other way round. */
final class ChannelStorage implements Storage {
    private final Path path;
    private final FileChannel channel;

    ChannelStorage(Path path, OpenOption... options) throws IOException {
        this.path = path;
        channel = FileChannel.open(path, options);
    }

    @Override
    public URI location() {
        return path.toUri();
    }

    @Override
    public void read(ByteBuffer dst, long position) throws IOException {
        for (long at = position; dst.hasRemaining(); ) {
            int count = channel.read(dst, at);
            if (count < 0) {
                throw new EOFException(path + " ends before " + at);
            }
            at += count;
        }
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        for (long at = position; src.hasRemaining(); ) {
            at += channel.write(src, at);
        }
    }

    @Override
    public long size() throws IOException {
        return channel.size();
    }

    @Override
    public void resize(long size) throws IOException {
        if (size < size()) {
            channel.truncate(size);
        } else if (size > size()) {
            channel.write(ByteBuffer.wrap(new byte[1]), size - 1);
        }
    }

    @Override
    public void flush() throws IOException {
        channel.force(false);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
