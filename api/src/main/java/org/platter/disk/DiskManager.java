// SPDX-License-Identifier: Apache-2.0
package org.platter.disk;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;
import org.platter.error.DiskException;

/**
 * The way in: an OSGi service, one per platform, implemented by the container bundle. Safe for use by many threads. When
 * the service goes away, its jobs are cancelled and its disks closed.
 */
@ProviderType
public interface DiskManager {
    /** All formats that are installed now, one entry for each bundle that serves one, by name, the preferred first. */
    List<FormatInfo> formats();

    /** The format that new images of that name would use; compared without case. */
    Optional<FormatInfo> format(String name);

    /**
     * The format whose signature the image bears. Raw images bear none: they are opened by naming the format.
     *
     * @throws DiskException {@code NOT_FOUND}, {@code DENIED}, {@code IO} if the image cannot be read
     */
    Optional<FormatInfo> probe(URI location) throws DiskException;

    /** The format that the file name suggests for an image that is yet to be made. */
    Optional<FormatInfo> suggest(URI location);

    /** A disk without images. */
    VirtualDisk newDisk(DiskOptions options);

    /** A disk without images or options. */
    default VirtualDisk newDisk() {
        return newDisk(DiskOptions.DEFAULT);
    }

    /** All disks that are not closed, in the order of their making. */
    List<VirtualDisk> disks();

    /** The disks that configurations declare, by name, attached or not. */
    List<Declared> declared();

    /** All jobs that have not ended, and the last few that have, in the order of their start. */
    List<Job<?>> jobs();

    /**
     * Deletes an image that is not open: all its own files, never a device.
     *
     * @throws DiskException {@code LOCKED} if somebody has it open for writing, and what {@link VirtualDisk#open} says
     */
    void delete(OpenRequest request) throws DiskException;

    /** True if something exists at the location of an image. */
    boolean exists(URI location) throws DiskException;
}
