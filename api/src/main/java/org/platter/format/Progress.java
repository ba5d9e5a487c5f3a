// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

import org.osgi.annotation.versioning.ProviderType;
import org.platter.error.DiskException;

/** What a long call of an image reports to, and is stopped by. Implemented by the platform; for the calling thread. */
@ProviderType
@FunctionalInterface
public interface Progress {
    /** Reports to nobody and never stops. */
    Progress NONE = bytes -> {};

    /**
     * Says that so many more bytes of structures or data have been looked at. Called with nothing half done, at least
     * once for each MiB; the platform may let other calls of the image in before it returns.
     *
     * @throws DiskException {@code CANCELLED} if the call is to end
     */
    void advance(long bytes) throws DiskException;
}
