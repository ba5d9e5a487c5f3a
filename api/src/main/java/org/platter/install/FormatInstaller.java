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
     * Installs the bundle in a jar file and starts it.
     *
     * @throws DiskException {@code NOT_FOUND} or {@code BAD_HEADER} if it is no bundle that declares a format,
     *     {@code EXISTS} if that version is installed, {@code NOT_SUPPORTED} if it does not resolve or start,
     *     {@code DENIED} if it failed before
     */
    Installation install(URI jar) throws DiskException;

    /**
     * Replaces the bundle that serves a format by another version: starts it beside, lets it open every image of the
     * format in the shadow and compares what both say, hands over image by image, and removes the old bundle.
     *
     * @throws DiskException as {@link #install}; {@code BAD_STATE} if replacing would restart other bundles; {@code
     *     UUID_MISMATCH} or {@code CORRUPT} if the new version sees another disk; {@code TIMEOUT} if it hangs
     */
    Installation upgrade(String format, URI jar) throws DiskException;

    /** Puts back the bundle that the last {@link #upgrade} has replaced, in the same careful way. */
    Installation rollback(String format) throws DiskException;

    /**
     * Removes the bundle that serves a format.
     *
     * @throws DiskException {@code BAD_STATE}, naming them, if images are open and {@code mode} is {@code IF_UNUSED}
     */
    void remove(String format, Removal mode) throws DiskException;

    /** Digests of the bundles that have failed and will not be taken again. */
    List<String> quarantine();

    /** Whether images that are open stand in the way of removal. */
    enum Removal {
        /** They do. */
        IF_UNUSED,
        /** They do not: their requests wait until another bundle serves the format, or fail. */
        FORCE
    }
}
