// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.descriptor;

import java.io.IOException;
import org.platter.error.DiskException;

/** Where a descriptor is kept. For one thread. */
public interface DescriptorPlace {
    /** Fails with {@code BAD_SIZE} if there is no room for the text. */
    void checkRoom(Descriptor descriptor) throws DiskException;

    /** Stores the text. */
    void write(Descriptor descriptor) throws IOException;
}
