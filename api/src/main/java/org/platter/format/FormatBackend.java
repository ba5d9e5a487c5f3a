// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.osgi.annotation.versioning.ConsumerType;
import org.platter.config.ConfigSchema;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/**
 * A disk image format: a Declarative Services component annotated with {@link DiskFormat}. It keeps no state between
 * calls, starts no threads and opens files only through the {@link ImageContext}. Methods may be called by many threads
 * at once. Failures are {@link DiskException}s that name structure, field, value and place; other exceptions of an open
 * or create are reported to the user as bugs of the format.
 */
@ConsumerType
public interface FormatBackend {
    /** The config keys that {@link #open} and {@link #create} read from {@link ImageContext#config()}. */
    default ConfigSchema schema() {
        return ConfigSchema.EMPTY;
    }

    /**
     * The config values that a location says by itself, for formats that open locations of their own schemes: an account
     * in a URI, the name of a target. What the caller gives for the same key counts instead. Does no I/O.
     *
     * @throws DiskException {@code BAD_VALUE} if the location is not one of this format
     */
    default Map<String, String> configOf(URI location) throws DiskException {
        return Map.of();
    }

    /**
     * True if the storage looks like an image of this format, even one that {@link #open} would refuse. A short storage
     * is not; only a failure of the storage is an error.
     */
    default boolean probe(Storage storage) throws IOException {
        return false;
    }

    /**
     * Opens an existing image and checks everything that can be checked in time and memory that do not depend on
     * numbers in the image. Writes nothing. What the context has opened is closed by the caller, also on failure.
     */
    Image open(ImageContext context) throws IOException;

    /**
     * Makes an image in the empty storages of the context and gives it open for writing. Asks
     * {@link ImageSpec#flags()} for combinations that the format does not know and refuses them by name with
     * {@code NOT_SUPPORTED}. On failure the caller deletes what the context has created.
     */
    default Image create(ImageContext context, ImageSpec spec) throws IOException {
        throw new DiskException(ErrorCode.NOT_SUPPORTED, "this format cannot create images");
    }

    /**
     * Replaces the names of the image's own files that are written inside it. Called on a closed image whose other files
     * have already moved; the main file may still have its old name. {@code names} gives the new name for an old one.
     */
    default void rename(ImageContext context, UnaryOperator<String> names) throws IOException {}
}
