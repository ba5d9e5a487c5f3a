// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/**
 * Named storages in memory, as files of one folder. Every storage taken out passes through the wrapper of the folder,
 * where tests put storages that fail, record or crash. Not for use by many threads; the storages are.
 */
public final class MemoryFolder {
    private final Map<String, MemoryStorage> files = new TreeMap<>();
    private final Map<String, Storage> wrapped = new TreeMap<>();
    private final UnaryOperator<Storage> wrapper;

    /** An empty folder. */
    public MemoryFolder() {
        this(storage -> storage);
    }

    /** An empty folder that wraps each of its storages, once. The wrapper is given a {@link MemoryStorage}. */
    public MemoryFolder(UnaryOperator<Storage> wrapper) {
        this.wrapper = wrapper;
    }

    /** A folder of one file that holds these bytes. */
    public static MemoryFolder of(String name, byte[] bytes) throws IOException {
        MemoryFolder folder = new MemoryFolder();
        folder.create(name).write(java.nio.ByteBuffer.wrap(bytes), 0);
        return folder;
    }

    /** A folder of one file on the same bytes as {@code storage}. */
    public static MemoryFolder of(String name, MemoryStorage storage) {
        MemoryFolder folder = new MemoryFolder();
        folder.put(name, storage);
        return folder;
    }

    /** The names, sorted. */
    public List<String> names() {
        return new ArrayList<>(files.keySet());
    }

    /** True if the name is taken. */
    public boolean has(String name) {
        return files.containsKey(name);
    }

    /** Makes a file. */
    public Storage create(String name) throws IOException {
        if (has(name)) {
            throw new DiskException(ErrorCode.EXISTS, name + ": exists");
        }
        put(name, MemoryStorage.named(name));
        return open(name);
    }

    /** Adds or replaces a file. */
    public void put(String name, MemoryStorage storage) {
        files.put(name, storage);
        wrapped.remove(name);
    }

    /** Removes a file. */
    public void delete(String name) {
        files.remove(name);
        wrapped.remove(name);
    }

    /** Renames a file without replacing. */
    public void move(String from, String to) throws IOException {
        MemoryStorage storage = bare(from);
        if (has(to)) {
            throw new DiskException(ErrorCode.EXISTS, to + ": exists");
        }
        delete(from);
        put(to, storage);
    }

    /** A file through the wrapper, always the same object. */
    public Storage open(String name) throws IOException {
        MemoryStorage bare = bare(name);
        return wrapped.computeIfAbsent(name, n -> wrapper.apply(bare));
    }

    /** A file without the wrapper. */
    public MemoryStorage bare(String name) throws IOException {
        MemoryStorage storage = files.get(name);
        if (storage == null) {
            throw new DiskException(ErrorCode.NOT_FOUND, name + ": no such file among " + files.keySet());
        }
        return storage;
    }

    /** A folder of copies of all files, without wrapper. */
    public MemoryFolder copy() {
        return copy(storage -> storage);
    }

    /** A folder of copies of all files, with this wrapper. */
    public MemoryFolder copy(UnaryOperator<Storage> other) {
        MemoryFolder copy = new MemoryFolder(other);
        files.forEach((name, storage) -> copy.put(name, storage.copy()));
        return copy;
    }

    /** True if both have files of the same names with the same bytes. */
    public boolean sameBytes(MemoryFolder other) {
        Set<String> names = files.keySet();
        return names.equals(other.files.keySet())
                && names.stream().allMatch(name -> files.get(name).sameBytes(other.files.get(name)));
    }
}
