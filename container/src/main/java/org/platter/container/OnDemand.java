// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.net.URI;
import org.platter.error.DiskException;
import org.platter.storage.StorageProvider;

/**
 * Asked by the registry when something is wanted that is not installed. Each call answers true if it has started what is
 * wanted, so that the registry has it now, and false if nobody knows such a thing; it fails, saying how to get it, if
 * it is known but must not be started by itself.
 */
public interface OnDemand {
    /** The format of that name. */
    boolean format(String name) throws DiskException;

    /** The format that the image's bytes are signed with. */
    boolean image(URI location, StorageProvider storages) throws DiskException;

    /** The format to which the file name of a new image belongs. */
    boolean extension(URI location) throws DiskException;

    /** What opens locations of that scheme. */
    boolean scheme(String scheme) throws DiskException;
}
