// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;
import org.platter.storage.StorageProvider;
import org.platter.testkit.MemoryStorage;

/** Files of one folder in memory, with locks like those of real files. Locations are {@code mem:/name}. */
class MemoryProvider implements StorageProvider {
    private final Map<String, MemoryStorage> files = new TreeMap<>();
    private final Map<String, Set<Mode>> modes = new TreeMap<>();
    private final Map<String, Storage> wrapped = new HashMap<>();
    private final Map<MemoryStorage, Integer> writers = new HashMap<>();
    private final UnaryOperator<Storage> wrapper;

    MemoryProvider() {
        this(storage -> storage);
    }

    /** Every file passes once through {@code wrapper}. */
    MemoryProvider(UnaryOperator<Storage> wrapper) {
        this.wrapper = wrapper;
    }

    static URI uri(String name) {
        return URI.create("mem:/" + name);
    }

    private static String name(URI location) {
        return location.getPath().substring(1);
    }

    synchronized Map<String, MemoryStorage> files() {
        return new TreeMap<>(files);
    }

    synchronized Map<String, Storage> wrapped() {
        return new TreeMap<>(wrapped);
    }

    synchronized void put(String name, MemoryStorage storage) {
        files.put(name, storage);
        wrapped.remove(name);
    }

    /** How a file was opened last. */
    synchronized Set<Mode> modes(String name) {
        return modes.get(name);
    }

    synchronized int writers() {
        return writers.values().stream().mapToInt(Integer::intValue).sum();
    }

    @Override
    public synchronized Storage open(URI location, Set<Mode> modes) throws IOException {
        String name = name(location);
        if (modes.contains(Mode.CREATE)) {
            if (files.containsKey(name)) {
                throw new DiskException(ErrorCode.EXISTS, name + " exists");
            }
            files.put(name, MemoryStorage.named(name));
        }
        if (!files.containsKey(name)) {
            throw new DiskException(ErrorCode.NOT_FOUND, name + ": no such file");
        }
        boolean writing = !modes.isEmpty();
        MemoryStorage file = files.get(name);
        if (writing && writers.merge(file, 1, Integer::sum) > 1 && !modes.contains(Mode.SHARED)) {
            writers.merge(file, -1, Integer::sum);
            throw new DiskException(ErrorCode.LOCKED, name + " is open for writing");
        }
        this.modes.put(name, modes);
        Storage content = wrapped.computeIfAbsent(name, key -> wrapper.apply(files.get(key)));
        return new Handle(this, content, file, name, writing);
    }

    private synchronized void released(Handle handle) {
        writers.merge(handle.file, -1, Integer::sum);
    }

    @Override
    public synchronized void delete(URI location) throws IOException {
        if (files.remove(name(location)) == null) {
            throw new DiskException(ErrorCode.NOT_FOUND, location + ": no such file");
        }
        wrapped.remove(name(location));
    }

    @Override
    public synchronized void move(URI from, URI to) throws IOException {
        if (files.containsKey(name(to))) {
            throw new DiskException(ErrorCode.EXISTS, to + " exists");
        }
        files.put(name(to), files.remove(name(from)));
        wrapped.put(name(to), wrapped.remove(name(from)));
    }

    @Override
    public Set<Trait> traits(URI location) {
        return EnumSet.allOf(Trait.class);
    }

    @Override
    public synchronized void replace(URI from, URI to) throws IOException {
        if (writers.getOrDefault(files.get(name(to)), 0) > 0) {
            throw new DiskException(ErrorCode.LOCKED, to + " is open for writing");
        }
        files.put(name(to), files.remove(name(from)));
        wrapped.put(name(to), wrapped.remove(name(from)));
    }

    @Override
    public synchronized boolean exists(URI location) {
        return files.containsKey(name(location));
    }

    @Override
    public synchronized List<URI> siblings(URI location, int limit) {
        return files.keySet().stream().limit(limit).map(MemoryProvider::uri).toList();
    }

    @Override
    public URI resolve(URI base, String name, boolean external) throws IOException {
        if (name.contains("/") || name.isEmpty()) {
            throw new DiskException(ErrorCode.DENIED, "'" + name + "' leaves the folder");
        }
        return uri(name);
    }

    private static final class Handle implements Storage {
        private final MemoryProvider provider;
        private final Storage content;
        private final MemoryStorage file;
        private final String name;
        private final boolean writing;
        private boolean closed;

        Handle(MemoryProvider provider, Storage content, MemoryStorage file, String name, boolean writing) {
            this.provider = provider;
            this.content = content;
            this.file = file;
            this.name = name;
            this.writing = writing;
        }

        private void checkWriting() throws DiskException {
            if (!writing) {
                throw new DiskException(ErrorCode.READ_ONLY, name + " is open for reading only");
            }
        }

        @Override
        public URI location() {
            return uri(name);
        }

        @Override
        public boolean readOnly() {
            return !writing;
        }

        @Override
        public void read(ByteBuffer dst, long position) throws IOException {
            content.read(dst, position);
        }

        @Override
        public void write(ByteBuffer src, long position) throws IOException {
            checkWriting();
            content.write(src, position);
        }

        @Override
        public long size() throws IOException {
            return content.size();
        }

        @Override
        public void resize(long size) throws IOException {
            checkWriting();
            content.resize(size);
        }

        @Override
        public void flush() throws IOException {
            content.flush();
        }

        @Override
        public long nextData(long position) throws IOException {
            return content.nextData(position);
        }

        @Override
        public long nextHole(long position) throws IOException {
            return content.nextHole(position);
        }

        @Override
        public void zero(long position, long length) throws IOException {
            checkWriting();
            content.zero(position, length);
        }

        @Override
        public void discard(long position, long length) throws IOException {
            checkWriting();
            content.discard(position, length);
        }

        @Override
        public void close() {
            if (!closed && writing) {
                provider.released(this);
            }
            closed = true;
        }
    }
}
