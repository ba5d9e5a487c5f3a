// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.image;

import java.util.Set;
import org.platter.disk.OpenFlag;

/** What a command opens an image for. */
public enum Access {
    /** To read; nothing is written, not even a lock. */
    READ(OpenFlag.READ_ONLY),
    /** To change it; an image that can only be read is refused. */
    WRITE,
    /** To look at its attributes. */
    INFO(OpenFlag.READ_ONLY, OpenFlag.INFO);

    private final Set<OpenFlag> flags;

    Access(OpenFlag... flags) {
        this.flags = Set.of(flags);
    }

    /** The flags it is opened with. */
    public Set<OpenFlag> flags() {
        return flags;
    }
}
