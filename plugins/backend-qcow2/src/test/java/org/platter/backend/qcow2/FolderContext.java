// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.platter.config.Config;
import org.platter.format.ImageContext;
import org.platter.storage.Storage;
import org.platter.storage.TcpConnector;

/** An image in a folder of real files, where other programs see it. */
final class FolderContext implements ImageContext, Closeable {
    private final Path path;
    private final boolean create;
    private final Config config;
    private final List<Storage> opened = new ArrayList<>();

    FolderContext(Path path, boolean create, Map<String, String> config) throws IOException {
        this.path = path;
        this.create = create;
        this.config = Options.SCHEMA.validate(config);
    }

    private Storage keep(Path file, OpenOption... options) throws IOException {
        Storage storage = new ChannelStorage(file, options);
        opened.add(storage);
        return storage;
    }

    @Override
    public URI location() {
        return path.toUri();
    }

    @Override
    public Storage storage() throws IOException {
        if (!opened.isEmpty()) {
            return opened.get(0);
        }
        return create ? keep(path, CREATE_NEW, READ, WRITE) : keep(path, READ, WRITE);
    }

    @Override
    public Storage storage(String name) throws IOException {
        return keep(path.resolveSibling(name), READ, WRITE);
    }

    @Override
    public Storage storageForReading(String name) throws IOException {
        return keep(path.resolveSibling(name), READ);
    }

    @Override
    public Storage createStorage(String name) throws IOException {
        return keep(path.resolveSibling(name), CREATE_NEW, READ, WRITE);
    }

    @Override
    public Config config() {
        return config;
    }

    @Override
    public boolean writable() {
        return true;
    }

    @Override
    public boolean infoOnly() {
        return false;
    }

    @Override
    public TcpConnector connector() {
        throw new AssertionError("a file needs no network");
    }

    @Override
    public void close() throws IOException {
        for (Storage storage : opened) {
            storage.close();
        }
    }
}
