// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.net;

import java.nio.ByteBuffer;

/**
 * Bytes that a connection shall send in one go. Handed over by {@link Connection#send}; from then on the connection
 * calls its methods, one at a time, on any thread, until one of {@link #written()} and {@link #dropped()} has been
 * called.
 */
public abstract class Reply {
    /** The longest reply that is {@link #small}. */
    public static final int SMALL = 64;

    /** True if the reply has at most {@value #SMALL} bytes and is written by {@link #put}. */
    protected boolean small() {
        return false;
    }

    /** Puts a small reply. */
    protected void put(ByteBuffer target) {
        throw new IllegalStateException("not small");
    }

    /** What to send of a reply that is not small; null while the next part of an unfinished reply is being made. */
    protected ByteBuffer part() {
        throw new IllegalStateException("small");
    }

    /** True if another part follows this one, so that no other reply may come between. */
    protected boolean unfinished() {
        return false;
    }

    /** The part, or the small reply, is on its way; its buffer is free. */
    protected abstract void written();

    /** The connection is gone. */
    protected abstract void dropped();
}
