// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.net;

import java.io.IOException;
import java.nio.ByteBuffer;

/** How bytes get in and out of a connected socket that does not block. Reading and writing may be at the same time. */
interface Wire {
    /** What {@link #read} answers when the peer sends nothing more. */
    int END = -1;

    /**
     * Reads what is there: first into {@code payload}, which may be null, then into {@code rest}.
     *
     * @return bytes read, 0 if there are none now, or {@link #END}
     */
    long read(ByteBuffer payload, ByteBuffer rest) throws IOException;

    /** True if the last {@link #read} left something, or may have. */
    boolean more();

    /** True if the wire has something to send for itself. */
    boolean wantsToWrite();

    /** Sends these buffers from {@code from} to before {@code to}; false if some of it has to wait for the socket. */
    boolean write(ByteBuffer[] buffers, int from, int to) throws IOException;

    /** Says good-bye, as far as that is possible without waiting. */
    void end() throws IOException;
}
