// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.osgi.service.component.annotations.Component;
import org.platter.container.storage.host.FileKind;
import org.platter.container.storage.host.HostFailure;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;
import org.platter.storage.StorageProvider;

/**
 * Storages in files and block devices of this host: {@code file:///folder/name}. A file that is open for writing is
 * locked for other processes and, whatever it is called, for others in this one. What is open in this process for
 * writing is not deleted: close it first. A location that ends with a slash is a folder, which has siblings in it.
 */
@Component(property = StorageProvider.SCHEME + "=file")
public final class FileStorageProvider implements StorageProvider {
    @Override
    public Storage open(URI location, Set<Mode> modes) throws IOException {
        Path path = path(location);
        boolean create = modes.contains(Mode.CREATE);
        try {
            FileStorage storage =
                    create ? OpenFiles.create(path, FileAccess.of(modes)) : OpenFiles.open(path, FileAccess.of(modes));
            return modes.contains(Mode.UNSYNCED) ? storage.unsynced() : storage;
        } catch (IOException e) {
            throw HostFailure.of(path, create ? "create" : "open", e);
        }
    }

    @Override
    public void delete(URI location) throws IOException {
        Path path = path(location);
        try {
            OpenFiles.delete(path);
        } catch (IOException e) {
            throw HostFailure.of(path, "delete", e);
        }
    }

    @Override
    public Set<Trait> traits(URI location) {
        return EnumSet.allOf(Trait.class);
    }

    @Override
    public void replace(URI from, URI to) throws IOException {
        Path source = path(from);
        Path target = path(to);
        try {
            OpenFiles.replace(source, target.toRealPath());
        } catch (IOException e) {
            throw HostFailure.of(Files.exists(source) ? target : source, "replace", e);
        }
    }

    /** A file that is open elsewhere in this process goes on under its new name. */
    @Override
    public void move(URI from, URI to) throws IOException {
        Path source = path(from);
        Path target = path(to);
        try {
            OpenFiles.move(source, target);
        } catch (IOException e) {
            throw HostFailure.of(
                    e instanceof NoSuchFileException && Files.exists(source) ? target : source, "rename", e);
        }
    }

    /** Also true for what cannot be opened: a folder, or a link to nothing. */
    @Override
    public boolean exists(URI location) throws IOException {
        Path path = path(location);
        try {
            FileKind.of(path, LinkOption.NOFOLLOW_LINKS);
            return true;
        } catch (IOException e) {
            IOException failure = HostFailure.of(path, "look at", e);
            if (failure instanceof DiskException d && d.code() == ErrorCode.NOT_FOUND) {
                return false;
            }
            throw failure;
        }
    }

    /** Regular files only; links count if the location is one. */
    @Override
    public List<URI> siblings(URI location, int limit) throws IOException {
        Path path = path(location);
        Path folder = folder(location, path);
        TreeSet<Path> first = new TreeSet<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)
                        || entry.equals(path) && Files.isRegularFile(entry)) {
                    first.add(entry);
                    if (first.size() > limit) {
                        first.pollLast();
                    }
                }
            }
        } catch (NotDirectoryException e) {
            throw new DiskException(ErrorCode.NOT_FOUND, HostFailure.shown(folder) + ": is no folder", e);
        } catch (IOException e) {
            throw HostFailure.of(folder, "list", e);
        } catch (DirectoryIteratorException e) {
            throw HostFailure.of(folder, "list", e.getCause());
        }
        return first.stream().map(Path::toUri).toList();
    }

    /** Links are not followed. */
    @Override
    public List<URI> below(URI folder, int depth, int limit) throws IOException {
        Path path = path(folder);
        List<URI> found = new ArrayList<>();
        try (Stream<Path> tree = Files.walk(path, depth)) {
            tree.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .limit(limit)
                    .sorted(Comparator.comparing(Path::getNameCount).thenComparing(Path::toString))
                    .map(Path::toUri)
                    .forEach(found::add);
        } catch (UncheckedIOException e) {
            throw HostFailure.of(path, "list", e.getCause());
        } catch (IOException e) {
            throw HostFailure.of(path, "list", e);
        }
        return found;
    }

    @Override
    public URI resolve(URI base, String name, boolean external) throws IOException {
        Path path = path(base);
        try {
            return PathJail.resolve(folder(base, path), name, external).toUri();
        } catch (IOException e) {
            throw HostFailure.of(path, "resolve a name beside it", e);
        }
    }

    private static Path folder(URI location, Path path) {
        Path parent = path.getParent();
        return parent == null || location.getPath().endsWith("/") ? path : parent;
    }

    private static Path path(URI location) throws DiskException {
        try {
            if ("file".equalsIgnoreCase(location.getScheme())) {
                return Path.of(location);
            }
        } catch (IllegalArgumentException e) {
            throw new DiskException(
                    ErrorCode.NOT_FOUND, HostFailure.shown(location + ": no file of this host: " + e.getMessage()), e);
        }
        throw new DiskException(ErrorCode.NOT_FOUND, HostFailure.shown(location + ": no file of this host"));
    }
}
