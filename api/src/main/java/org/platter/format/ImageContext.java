// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;
import org.platter.config.Config;
import org.platter.storage.Storage;
import org.platter.storage.TcpConnector;

/**
 * What a format gets to open or create one image: its storages, configuration and permissions. The platform owns the
 * storages, closes them after the image, and keeps them open when another version of the format takes over. Used by one
 * thread at a time; lives as long as the image.
 */
@ProviderType
public interface ImageContext {
    /** Where the image is. */
    URI location();

    /** What the image is or will be called; {@link #location} may be a temporary place while it is made. */
    default String name() {
        String path = String.valueOf(location().getPath());
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /**
     * The image's main storage; when creating, made by the first call.
     *
     * @throws IOException {@code NOT_SUPPORTED} for a format that opens locations of its own schemes
     */
    Storage storage() throws IOException;

    /**
     * Another storage that belongs to the image, by its name as written in the image, relative to the main storage. The
     * same name gives the same storage. Names that leave the folder, and devices, are refused with {@code DENIED} unless
     * the caller of the platform allowed external files.
     */
    Storage storage(String name) throws IOException;

    /** The same for reading only, whatever the image is opened for. */
    Storage storageForReading(String name) throws IOException;

    /** Makes a storage that belongs to the image; {@code EXISTS} if the name is taken. Deleted if creation fails. */
    Storage createStorage(String name) throws IOException;

    /** Names of the files in the image's folder, at most some thousands; empty where the storage cannot list. */
    default List<String> siblings() throws IOException {
        return List.of();
    }

    /** The checked values of the format's config keys. */
    Config config();

    /** True if the image is opened for writing. Only then may a storage be changed, and not by opening. */
    boolean writable();

    /** True if only {@link Image#info()} will be asked: damaged or missing parts need not be an error. */
    boolean infoOnly();

    /** How a network format connects. */
    TcpConnector connector();
}
