// SPDX-License-Identifier: Apache-2.0
package org.platter.container.image;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.platter.container.format.Failures;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;
import org.platter.storage.StorageProvider;
import org.platter.storage.StorageProvider.Mode;

/**
 * The storages of one image, by name. They outlive the image: another version of its format gets the same ones. Used by
 * one thread at a time, but for the sizes.
 *
 * <p>An image of a new format version gets the very storages of the old one: positions that requests have looked up
 * stay valid across a swap, and no lock on a file is let go in between.
 */
public final class LayerStorages {
    private static final int MOST = 4100;

    private final StorageProvider provider;
    private final boolean external;
    private URI location;
    private final Set<Mode> modes;
    private final Map<String, Entry> open = new LinkedHashMap<>(); // guarded by this
    private final List<URI> created = new ArrayList<>();

    private record Entry(URI location, Storage storage, boolean own) {}

    LayerStorages(StorageProvider provider, URI location, boolean external, Set<Mode> modes) {
        this.provider = provider;
        this.location = location;
        this.external = external;
        this.modes = modes.isEmpty() ? Set.of() : EnumSet.copyOf(modes);
    }

    public URI location() {
        return location;
    }

    public StorageProvider provider() {
        return provider;
    }

    public boolean external() {
        return external;
    }

    /** The main file, opened when it is first wanted. */
    synchronized Storage main() throws IOException {
        Entry entry = open.get("");
        if (entry == null && provider == null) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, location.getScheme() + ": has no storage provider");
        }
        if (entry == null) {
            boolean creating = modes.contains(Mode.CREATE);
            entry = new Entry(location, provider.open(location, modes), true);
            open.put("", entry);
            if (creating) {
                created.add(location);
            }
        }
        return entry.storage();
    }

    /** A part of the image by the name that stands in it; never the image itself, never out of its folder unless allowed. */
    synchronized Storage sibling(String name, boolean reading) throws IOException {
        Entry entry = open.get(name);
        if (entry == null) {
            if (open.size() >= MOST) {
                throw new DiskException(ErrorCode.BAD_HEADER, "more than " + MOST + " files in one image");
            }
            URI place = provider.resolve(location, name, external);
            if (place.equals(location)) {
                throw new DiskException(ErrorCode.BAD_HEADER, "the image names itself as its part " + name);
            }
            entry = opened(place, reading ? Set.of() : existing());
            open.put(name, entry);
        }
        return entry.storage();
    }

    /** One storage for one place: a device may be named for several parts. */
    private Entry opened(URI place, Set<Mode> how) throws IOException {
        for (Entry other : open.values()) {
            if (other.location().equals(place)) {
                return other;
            }
        }
        return new Entry(place, provider.open(place, how), place.resolve(".").equals(location.resolve(".")));
    }

    /** A new part; it is deleted again if the image is not completed. */
    synchronized Storage create(String name) throws IOException {
        URI place = provider.resolve(location, name, external);
        Set<Mode> how = EnumSet.of(Mode.CREATE);
        if (modes.contains(Mode.UNSYNCED)) {
            how.add(Mode.UNSYNCED);
        }
        Storage storage = provider.open(place, how);
        created.add(place);
        open.put(name, new Entry(place, storage, true));
        return storage;
    }

    /** How parts that are there are opened beside a main file that is being made. */
    private Set<Mode> existing() {
        Set<Mode> plain = EnumSet.noneOf(Mode.class);
        plain.addAll(modes);
        if (plain.remove(Mode.CREATE)) {
            plain.add(Mode.WRITE);
        }
        return plain;
    }

    /** Puts others in the place of the storages; the image is closed meanwhile. One that stands for several names stays one. */
    public synchronized void replace(UnaryOperator<Storage> other) {
        Map<Storage, Storage> replaced = new IdentityHashMap<>();
        open.replaceAll((name, entry) ->
                new Entry(entry.location(), replaced.computeIfAbsent(entry.storage(), other), entry.own()));
    }

    /** True if some storage is of that kind. */
    public synchronized boolean contains(Class<? extends Storage> kind) {
        return open.values().stream().anyMatch(entry -> kind.isInstance(entry.storage()));
    }

    /** Makes durable what has been written to those that can be written. */
    void flush() throws IOException {
        for (Storage storage : writing()) {
            storage.flush();
        }
    }

    private synchronized List<Storage> writing() {
        return open.values().stream()
                .map(Entry::storage)
                .filter(storage -> !storage.readOnly())
                .distinct()
                .toList();
    }

    synchronized long fileSize() throws IOException {
        long size = 0;
        for (Entry entry : open.values()) {
            size += entry.storage().size();
        }
        return size;
    }

    synchronized long allocatedSize() throws IOException {
        long size = 0;
        for (Entry entry : open.values()) {
            size += entry.storage().allocatedSize();
        }
        return size;
    }

    /** All, the main one first. */
    public synchronized List<URI> files() {
        return mainFirst(open.values().stream());
    }

    private List<URI> mainFirst(Stream<Entry> entries) {
        Comparator<URI> main = Comparator.comparing(place -> !place.equals(location));
        return entries.map(Entry::location).distinct().sorted(main).toList();
    }

    /** The files that belong to the image alone, the main one first: not devices, not files elsewhere. */
    public synchronized List<URI> ownFiles() {
        return mainFirst(open.values().stream().filter(Entry::own));
    }

    /** Where a part of the image is, if it is there and in the image's own folder. */
    Optional<URI> beside(String name) throws DiskException {
        try {
            URI place = provider.resolve(location(), name, false);
            return place.resolve(".").equals(location().resolve(".")) && provider.exists(place)
                    ? Optional.of(place)
                    : Optional.empty();
        } catch (IOException e) {
            if (e instanceof DiskException refused && refused.code() == ErrorCode.DENIED) {
                return Optional.empty(); // elsewhere, so not the image's own
            }
            throw Failures.at(location(), e);
        }
    }

    /** Closes all; the first failure is thrown at the end. */
    public synchronized void close() throws IOException {
        IOException first = null;
        for (Entry entry : open.values()) {
            try {
                entry.storage().close();
            } catch (IOException e) {
                first = first == null ? e : first;
            }
        }
        open.clear();
        if (first != null) {
            throw first;
        }
    }

    /** Deletes what was created through this, after {@link #close}. */
    public void deleteCreated() throws IOException {
        for (URI place : created) {
            provider.delete(place);
        }
        created.clear();
    }

    /** True if the storages may be written. */
    public boolean writable() {
        return !modes.isEmpty();
    }

    /** After the files have moved, with the new place of each. */
    public synchronized void moved(URI newLocation, UnaryOperator<URI> places) {
        location = newLocation;
        open.replaceAll((name, entry) -> new Entry(places.apply(entry.location()), entry.storage(), entry.own()));
    }
}
