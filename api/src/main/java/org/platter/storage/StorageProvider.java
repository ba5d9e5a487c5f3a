// SPDX-License-Identifier: Apache-2.0
package org.platter.storage;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * Opens storages of one or more URI schemes. A service with the property {@value #SCHEME}; of several for one scheme
 * the highest ranking serves. All methods may be called by many threads at once. Failures are
 * {@link DiskException}s: {@code NOT_FOUND}, {@code EXISTS}, {@code DENIED}, {@code LOCKED},
 * {@code READ_ONLY}, {@code DISK_FULL}.
 */
@ConsumerType
public interface StorageProvider {
    /** The service property that names the URI schemes, a {@code String} or {@code String[]}. */
    String SCHEME = "platter.storage.scheme";

    /** How a storage is opened. */
    enum Mode {
        /** For reading and writing, excluding every other writer. Without it the storage is read-only. */
        WRITE,
        /** Make it; fail with {@code EXISTS} where something is. Implies {@link #WRITE}. */
        CREATE,
        /** With {@link #WRITE}: do not exclude other writers that ask for the same. */
        SHARED,
        /** {@link Storage#flush} need not wait for the medium: bytes are to survive the process, not the host. */
        UNSYNCED
    }

    /** What storages of a provider can; where one is missing the platform does without, or refuses early and by name. */
    enum Trait {
        /** Writes at any position, in any order; without it from front to end. */
        RANDOM_WRITE,
        /** {@link Storage#resize} both ways. */
        RESIZE,
        /** {@link #move} and {@link #replace}. */
        RENAME,
        /** {@link Mode#WRITE} excludes writers of other processes. */
        LOCKS,
        /** {@link #siblings} knows all there are. */
        LIST
    }

    /** What storages at that location can. */
    default Set<Trait> traits(URI location) {
        return Set.of(Trait.RANDOM_WRITE, Trait.RESIZE);
    }

    /** Opens the storage at {@code location}; an empty set opens an existing one for reading, without any lock. */
    Storage open(URI location, Set<Mode> modes) throws IOException;

    /** Deletes the storage at {@code location}, durably; refuses what is not an ordinary storage, such as a device. */
    void delete(URI location) throws IOException;

    /** Renames within this provider, durably, without ever replacing; an open storage stays usable and follows. */
    default void move(URI from, URI to) throws IOException {
        throw new DiskException(ErrorCode.NOT_SUPPORTED, from.getScheme() + ": storages cannot be renamed");
    }

    /**
     * Renames in one step over what is at {@code to}, which nobody may have open: a crash leaves the one or the other
     * there. An open storage stays usable and follows.
     *
     * @throws IOException {@code LOCKED} if somebody uses what is there
     */
    default void replace(URI from, URI to) throws IOException {
        throw new DiskException(ErrorCode.NOT_SUPPORTED, from.getScheme() + ": storages cannot be replaced");
    }

    /** True if something exists at {@code location}. */
    boolean exists(URI location) throws IOException;

    /** What lies beside {@code location} in its folder, itself included, at most {@code limit}, sorted by name. */
    default List<URI> siblings(URI location, int limit) throws IOException {
        return List.of();
    }

    /** What lies in a folder and the folders below it, the nearest first, at most {@code limit}. */
    default List<URI> below(URI folder, int depth, int limit) throws IOException {
        return siblings(folder, limit);
    }

    /**
     * The location of {@code name}, as written in an image at {@code base}: a name in the same folder, or below it.
     *
     * @param external true if the caller allows any place, absolute names and devices included
     * @throws IOException {@code DENIED} if the name leaves the folder, by itself or through a link, or is no plain
     *     file, and {@code external} is false
     */
    URI resolve(URI base, String name, boolean external) throws IOException;
}
