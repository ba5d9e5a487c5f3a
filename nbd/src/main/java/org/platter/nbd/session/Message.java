// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.session;

import java.nio.ByteBuffer;
import org.platter.nbd.net.Reply;

/** Something said while client and server agree. */
final class Message extends Reply {
    private final ByteBuffer bytes;
    private final Runnable sent;

    Message(ByteBuffer bytes, Runnable sent) {
        this.bytes = bytes;
        this.sent = sent;
    }

    @Override
    protected ByteBuffer part() {
        return bytes;
    }

    @Override
    protected void written() {
        sent.run();
    }

    @Override
    protected void dropped() {
        // nobody waits for it
    }
}
