// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import java.util.Set;
import org.platter.storage.StorageProvider.Mode;

/** What a storage may do with its file, and what others may do meanwhile. */
enum FileAccess {
    READ,
    WRITE,
    WRITE_SHARED;

    static FileAccess of(Set<Mode> modes) {
        if (!modes.contains(Mode.WRITE) && !modes.contains(Mode.CREATE)) {
            return READ;
        }
        return modes.contains(Mode.SHARED) ? WRITE_SHARED : WRITE;
    }

    boolean writes() {
        return this != READ;
    }
}
