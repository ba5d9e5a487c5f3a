// SPDX-License-Identifier: Apache-2.0
package org.platter.container.chain;

import java.util.Optional;
import org.platter.disk.AccessListener;

/**
 * Tells a disk's listener of every access, before it enters and after it has left. The listener may hold an access
 * back, as a guest's freezer does; outside the gate that keeps nobody else waiting, least of all a swap. What it throws
 * goes to the caller, before anything has been entered.
 */
public final class Access {
    private final AccessListener listener; // null if nobody listens

    /** What somebody wants inside a disk. */
    public enum Kind {
        READ,
        WRITE
    }

    Access(Optional<AccessListener> listener) {
        this.listener = listener.orElse(null);
    }

    void start(Kind kind) {
        if (listener == null) {
            return;
        }
        if (kind == Kind.READ) {
            listener.startRead();
        } else {
            listener.startWrite();
        }
    }

    void finish(Kind kind) {
        if (listener == null) {
            return;
        }
        if (kind == Kind.READ) {
            listener.finishRead();
        } else {
            listener.finishWrite();
        }
    }
}
