// SPDX-License-Identifier: Apache-2.0
package org.platter.install;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;
import org.platter.error.DiskException;

/**
 * What formats and storages there are: those installed, those in the product's folder of plugins, those that configured
 * repositories offer. An OSGi service of the platform, safe for use by many threads. Looking something up runs nothing of
 * it.
 *
 * <p>The platform asks it when an image or a new image is of a format that is not installed: a format of the product's
 * own folder is started at once; one of a repository is installed where the configuration or {@link #allow} says so; else
 * opening fails with a message that says how to get it. A format that was there and has left is not started
 * again by itself: somebody took it away.
 */
@ProviderType
public interface Catalogue {
    /**
     * Everything that is installed or can be had, by name.
     *
     * @throws DiskException {@code IO} if what is remembered of installed formats cannot be read
     */
    List<Available> available() throws DiskException;

    /** The format of that name, or the storage of that scheme, which is not installed and can be had. */
    Optional<Available> find(String name);

    /** The format or storage which is not installed and would open that image: by scheme, signature. */
    Optional<Available> find(URI image) throws DiskException;

    /** The format which is not installed and to which the name of a new image belongs by its extension. */
    Optional<Available> suggest(URI image);

    /** Until closed by the same thread, what this thread opens and makes may be installed from repositories. */
    Permission allow();

    /** A permission to install. */
    interface Permission extends AutoCloseable {
        @Override
        void close();
    }
}
