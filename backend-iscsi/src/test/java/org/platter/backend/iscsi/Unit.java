// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.logging.Logger;
import org.platter.config.Config;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Image;
import org.platter.format.ImageContext;
import org.platter.format.Run;
import org.platter.storage.AsyncStorage;
import org.platter.storage.Storage;
import org.platter.storage.TcpConnector;

/** An open unit, as a test uses it: opened through the backend as the platform does it. */
final class Unit implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger("org.platter.backend.iscsi");

    static {
        LOG.setUseParentHandlers(false);
    }

    private final Image image;
    private final AsyncStorage storage;

    private Unit(Image image) throws IOException {
        this.image = image;
        long size = image.info().size();
        storage = size == 0 ? null : (AsyncStorage) ((Run.Data) image.map(0, size)).storage();
    }

    static Unit open(URI location, String... keysAndValues) throws IOException {
        return new Unit(new IscsiBackend().open(context(location, true, Unit::plain, keysAndValues)));
    }

    static Unit openForReading(URI location, String... keysAndValues) throws IOException {
        return new Unit(new IscsiBackend().open(context(location, false, Unit::plain, keysAndValues)));
    }

    static Unit open(URI location, TcpConnector connector, String... keysAndValues) throws IOException {
        return new Unit(new IscsiBackend().open(context(location, true, connector, keysAndValues)));
    }

    static SocketChannel plain(InetSocketAddress address, Duration timeout) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            channel.socket().connect(address, (int) timeout.toMillis());
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    Image image() {
        return image;
    }

    AsyncStorage storage() {
        return storage;
    }

    byte[] read(long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(length);
        storage.read(buffer, position);
        byte[] bytes = new byte[length];
        buffer.flip().get(bytes);
        return bytes;
    }

    void write(byte[] bytes, long position) throws IOException {
        storage.write(ByteBuffer.allocateDirect(bytes.length).put(bytes).flip(), position);
    }

    @Override
    public void close() throws IOException {
        image.close();
    }

    /** What the backend gets; config values as alternating keys and values. */
    static ImageContext context(URI location, boolean writable, TcpConnector connector, String... keysAndValues)
            throws DiskException {
        IscsiBackend backend = new IscsiBackend();
        Map<String, String> values = new LinkedHashMap<>(backend.configOf(location));
        for (int i = 0; i < keysAndValues.length; i += 2) {
            values.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return new Context(location, writable, backend.schema().validate(values), connector);
    }

    record Context(URI location, boolean writable, Config config, TcpConnector connector) implements ImageContext {
        @Override
        public Storage storage() throws IOException {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "no storages here");
        }

        @Override
        public Storage storage(String name) throws IOException {
            return storage();
        }

        @Override
        public Storage storageForReading(String name) throws IOException {
            return storage();
        }

        @Override
        public Storage createStorage(String name) throws IOException {
            return storage();
        }

        @Override
        public boolean infoOnly() {
            return false;
        }
    }
}
