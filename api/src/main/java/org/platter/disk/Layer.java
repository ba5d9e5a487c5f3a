// SPDX-License-Identifier: Apache-2.0
package org.platter.disk;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;
import org.platter.error.DiskException;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageInfo;

/**
 * An image in its place in an open disk. Implemented by the platform; safe for use by many threads. Stays the same
 * object when the format's bundle is swapped. After it has left the disk its methods fail with
 * {@code IMAGE_NOT_FOUND}.
 */
@ProviderType
public interface Layer {
    /** Its place in the disk: 0 for the base. */
    int number() throws DiskException;

    /** Where its main file or LUN is; never with a secret. */
    URI location();

    /** The format that serves it now. */
    FormatInfo format();

    /** What the image says of itself. */
    ImageInfo info() throws DiskException;

    /**
     * What users should know of the image and would not expect, a sentence each: what it says of itself, how its format
     * was found, how sure its parent is.
     */
    List<String> notes();

    /** The flags in force now: what the caller asked for, with {@code READ_ONLY} if so, and what is implied. */
    Set<OpenFlag> openFlags() throws DiskException;

    /**
     * Opens the image anew with these flags.
     *
     * @throws DiskException {@code BAD_STATE} for writing in the middle of a chain; if neither the new nor the old flags
     *     work, all images of the disk are closed
     */
    void openFlags(Set<OpenFlag> flags) throws DiskException;

    /** Changes attributes. Setting a geometry to what it is succeeds on a read-only image. */
    void update(ImageAttributes attributes) throws DiskException;

    /** True if the image itself serves asynchronous requests. */
    boolean async() throws DiskException;

    /** Bytes of all its files or LUNs as they appear. */
    long fileSize() throws IOException;

    /** Bytes that the host keeps for its files. */
    long allocatedSize() throws IOException;

    /** All its files, the main one first. */
    List<URI> files();

    /** Whether it serves requests. */
    State state();

    /** Why it does not, if so. */
    Optional<String> reason();

    /** Whether a layer serves requests while its format's bundle changes. */
    enum State {
        /** Serves. */
        OPEN,
        /** Its format is leaving: requests under way finish, new ones wait. */
        DRAINING,
        /** Nobody serves its format: requests wait, until the disk's timeout. */
        SUSPENDED,
        /** Nobody came in time: requests fail with {@code BACKEND_GONE} until somebody does. */
        FAILED
    }
}
