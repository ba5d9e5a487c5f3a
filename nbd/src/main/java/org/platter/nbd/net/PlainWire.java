// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** A socket as it is. */
final class PlainWire implements Wire {
    private final SocketChannel channel;
    private final ByteBuffer[] both = new ByteBuffer[2];
    private boolean more;

    PlainWire(SocketChannel channel) {
        this.channel = channel;
    }

    @Override
    public long read(ByteBuffer payload, ByteBuffer rest) throws IOException {
        long room = rest.remaining();
        long count;
        if (payload == null) {
            count = channel.read(rest);
        } else {
            room += payload.remaining();
            both[0] = payload;
            both[1] = rest;
            count = channel.read(both);
        }
        more = count == room;
        return count;
    }

    @Override
    public boolean more() {
        return more;
    }

    @Override
    public boolean wantsToWrite() {
        return false;
    }

    @Override
    public boolean write(ByteBuffer[] buffers, int from, int to) throws IOException {
        if (from == to) {
            return true;
        }
        if (to - from == 1) {
            channel.write(buffers[from]);
        } else {
            channel.write(buffers, from, to - from);
        }
        return !buffers[to - 1].hasRemaining();
    }

    @Override
    public void end() {
        // closing says it all
    }
}
