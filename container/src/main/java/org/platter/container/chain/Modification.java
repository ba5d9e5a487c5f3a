// SPDX-License-Identifier: Apache-2.0
package org.platter.container.chain;

import java.util.UUID;
import org.platter.container.image.ChainLayer;
import org.platter.error.DiskException;
import org.platter.format.Capability;
import org.platter.format.ImageAttributes;

/**
 * When the last image gets a new modification UUID: before the first write after it was opened for writing, durably, and
 * at the first flush after later writes. Source: docs/semantics.md, section 6.
 *
 * <p>Rule of order: the new UUID is durable before the first byte that it stands for, or a child made on the old
 * content would take the new one for it.
 */
final class Modification {
    private enum State {
        FIRST,
        CLEAN,
        MODIFIED
    }

    private volatile State state = State.CLEAN;

    /** The last image has been opened for writing. */
    void arm() {
        state = State.FIRST;
    }

    /** The last image is read-only or gone. */
    void disarm() {
        state = State.CLEAN;
    }

    /** Before every write. */
    void beforeWrite(ChainLayer last) throws DiskException {
        if (state != State.MODIFIED) {
            step(last);
        }
    }

    private synchronized void step(ChainLayer last) throws DiskException {
        if (state == State.FIRST) {
            renew(last);
            last.flush();
            state = State.CLEAN;
        } else {
            state = State.MODIFIED;
        }
    }

    /** Before every flush. */
    synchronized void beforeFlush(ChainLayer last) throws DiskException {
        if (state == State.MODIFIED) {
            renew(last);
            state = State.CLEAN;
        }
    }

    static void renew(ChainLayer layer) throws DiskException {
        if (layer.info().can(Capability.UUIDS)) {
            layer.update(ImageAttributes.NONE.withModificationUuid(UUID.randomUUID()));
        }
    }
}
