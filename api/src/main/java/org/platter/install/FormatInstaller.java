// SPDX-License-Identifier: Apache-2.0
package org.platter.install;

import java.net.URI;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;
import org.platter.error.DiskException;

/**
 * Manages the bundles that serve formats: an OSGi service of the platform. Open images stay open; requests wait for the
 * moment of the hand-over and none fails. Calls come one at a time, others wait. Whatever fails, what served before
 * serves on, and the bundle that failed is gone and will not be taken again.
 */
@ProviderType
public interface FormatInstaller {
    /**
     * Installs the bundle in a jar and starts it. The jar is a file or at a URL that the framework opens ({@code https:},
     * {@code mvn:} in Karaf). What it needs besides comes from the product's folder and the configured repositories.
     *
     * @throws DiskException {@code NOT_FOUND} or {@code BAD_HEADER} if it is no bundle that declares a format or storage,
     *     {@code EXISTS} if that version is installed, {@code NOT_SUPPORTED} if it does not resolve or start, or
     *     nothing opens the URL, {@code BAD_STATE} if what it needs would restart other bundles,
     *     {@code DENIED} if it failed before, {@code IO} if what is remembered of installed formats cannot be read
     */
    Installation install(URI jar) throws DiskException;

    /**
     * Installs the format of that name, or the storage of that scheme, that the {@link Catalogue} knows, with what it
     * needs. What comes from a repository is compared with the digests in its index before anything of it runs.
     *
     * @throws DiskException as {@link #install(URI)}; {@code NOT_FOUND} if nothing of that name is known; {@code CORRUPT}
     *     if a jar is not what the index says
     */
    Installation install(String name) throws DiskException;

    /**
     * Replaces the bundle that serves a format by another version, or the same version with other content: starts it
     * beside, lets it open every image of its formats in the shadow and compares what both say, hands over image by
     * image, and removes the old bundle.
     *
     * @throws DiskException as {@link #install(URI)}; {@code EXISTS} if exactly that jar serves already; {@code
     *     BAD_STATE} if replacing would restart other bundles; {@code UUID_MISMATCH} or {@code CORRUPT} if the new
     *     version sees another disk; {@code TIMEOUT} if it hangs
     */
    Installation upgrade(String format, URI jar) throws DiskException;

    /**
     * Puts back the bundle that served a format before the last {@link #upgrade} or {@link #remove}, in the same careful
     * way; called again, the one before that. A bundle that has failed is left out.
     *
     * @throws DiskException as {@link #upgrade}; {@code NOT_FOUND} if no earlier one is kept
     */
    Installation rollback(String format) throws DiskException;

    /**
     * Removes the bundle that serves a format, with all formats that it serves.
     *
     * @throws DiskException {@code BAD_STATE}, naming them, if images are open and {@code mode} is {@code IF_UNUSED}, or
     *     if it would restart other bundles
     */
    void remove(String format, Removal mode) throws DiskException;

    /**
     * Digests of the bundles that have failed and will not be taken again.
     *
     * @throws DiskException {@code IO} if the list cannot be read; nothing is installed then
     */
    List<String> quarantine() throws DiskException;

    /** Whether images that are open stand in the way of removal. */
    enum Removal {
        /** They do. */
        IF_UNUSED,
        /** They do not: their requests wait until another bundle serves the format, or fail. */
        FORCE
    }
}
