// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.util.zip.CRC32C;

/**
 * Gathers PDUs into one write. Headers, padding and digests lie in one buffer of its own; data is taken where the caller
 * has it. Used by one thread at a time.
 */
public final class Sender {
    private static final int ARENA = 16 << 10;
    private static final int PARTS = 160;
    private static final int MOST_BYTES = 1 << 20;
    private static final int COPIED = 512;

    private final ByteBuffer arena = ByteBuffer.allocateDirect(ARENA);
    private final ByteBuffer[] views = new ByteBuffer[PARTS];
    private final ByteBuffer[] parts = new ByteBuffer[PARTS];
    private final CRC32C crc = new CRC32C();

    private Digests digests = Digests.NONE;
    private int open;
    private int usedViews;
    private int first;
    private int count;
    private int bytes;

    /** A sender without digests. */
    public Sender() {
        for (int i = 0; i < PARTS; i++) {
            views[i] = arena.duplicate();
        }
    }

    /** From the next PDU on: these digests. */
    public void expect(Digests agreed) {
        digests = agreed;
    }

    /** True if nothing waits to be written. */
    public boolean idle() {
        return count == 0 && arena.position() == open;
    }

    /** True if another PDU may be added before the next write. */
    public boolean roomy() {
        return first == 0
                && bytes < MOST_BYTES
                && count + 3 < PARTS
                && arena.remaining() >= Bhs.BYTES + COPIED + 4 * Integer.BYTES;
    }

    /** Where headers are composed. */
    public ByteBuffer arena() {
        return arena;
    }

    /** Begins a PDU: the place in {@link #arena()} of a header that is all zeroes. */
    public int begin() {
        int at = arena.position();
        for (int i = 0; i < Bhs.BYTES; i += Long.BYTES) {
            arena.putLong(at + i, 0);
        }
        arena.position(at + Bhs.BYTES);
        return at;
    }

    /** Ends the PDU whose header is at {@code at}, without data. */
    public void end(int at) {
        headerDigest(at);
        bytes += Bhs.BYTES;
    }

    /** Ends the PDU whose header is at {@code at}, with that part of {@code data} as its data segment. */
    public void end(int at, ByteBuffer data, int from, int length) {
        arena.putInt(at + Bhs.AHS_WORDS, length);
        headerDigest(at);
        bytes += Bhs.BYTES + length;
        if (length == 0) {
            return;
        }
        if (length <= COPIED) {
            arena.put(arena.position(), data, from, length);
            arena.position(arena.position() + length);
        } else {
            closeRun();
            parts[count++] = data.duplicate().limit(from + length).position(from);
        }
        trailer(data, from, length);
    }

    private void headerDigest(int at) {
        if (digests.header()) {
            crc.reset();
            crc.update(arena.duplicate().position(at).limit(at + Bhs.BYTES));
            arena.putInt(Digests.wireValue(crc.getValue()));
        }
    }

    private void trailer(ByteBuffer data, int from, int length) {
        if (digests.data()) {
            crc.reset();
            crc.update(data.duplicate().limit(from + length).position(from));
        }
        for (int i = Bhs.padding(length); i > 0; i--) {
            arena.put((byte) 0);
            if (digests.data()) {
                crc.update(0);
            }
        }
        if (digests.data()) {
            arena.putInt(Digests.wireValue(crc.getValue()));
        }
    }

    private void closeRun() {
        if (arena.position() > open) {
            parts[count++] = views[usedViews++].limit(arena.position()).position(open);
            open = arena.position();
        }
    }

    /** Writes what was added, and true when all of it is gone; false if the channel takes no more now. */
    public boolean write(GatheringByteChannel channel) throws IOException {
        closeRun();
        if (count - first == 1) {
            channel.write(parts[first]);
        } else if (first < count) {
            channel.write(parts, first, count - first);
        }
        while (first < count && !parts[first].hasRemaining()) {
            parts[first++] = null;
        }
        if (first < count) {
            return false;
        }
        reset();
        return true;
    }

    private void reset() {
        arena.clear();
        open = 0;
        usedViews = 0;
        first = 0;
        count = 0;
        bytes = 0;
    }
}
