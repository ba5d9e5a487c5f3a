// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.wire;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.ScatteringByteChannel;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * Takes PDUs off a channel that does not block. A data segment goes straight into the buffer that the {@link Sink}
 * names; what was read ahead is copied. Memory grows with the bytes that arrive, not with the lengths that are
 * announced. Used by one thread at a time.
 */
public final class Receiver {
    /** Decides where data segments go. */
    @FunctionalInterface
    public interface Sink {
        /**
         * A buffer with exactly {@code length} bytes left; {@link #DISCARD} to drop them; or null to have them kept in
         * {@link Pdu#data()}. The header's digest has been checked, nothing else.
         */
        ByteBuffer destination(ByteBuffer header, int length) throws IOException;
    }

    /** What a sink gives for data that nobody wants. */
    public static final ByteBuffer DISCARD = ByteBuffer.allocate(0);

    private static final int SPACE = 64 << 10;
    private static final int FIRST_SEGMENT = 4 << 10;

    private final ByteBuffer input = ByteBuffer.allocateDirect(SPACE).limit(0);
    private final ByteBuffer header = ByteBuffer.allocate(Bhs.BYTES);
    private final ByteBuffer[] pair = {null, input};
    private final CRC32C crc = new CRC32C();

    private Digests digests = Digests.NONE;
    private int most;
    private int readAhead = SPACE;
    private boolean drained;
    private long received;

    // the PDU that is being taken
    private boolean inBody;
    private int length;
    private int left;
    private ByteBuffer target;
    private ByteBuffer kept = ByteBuffer.allocate(FIRST_SEGMENT);

    /** A receiver without digests that refuses data segments of more than {@code most} bytes. */
    public Receiver(int most) {
        this.most = most;
    }

    /** From the next PDU on: these digests, this largest data segment. */
    public void expect(Digests agreed, int mostData) {
        digests = agreed;
        most = mostData;
    }

    /** How many bytes to read beyond what is needed: few when big data segments are coming, which then go uncopied. */
    public void readAhead(int bytes) {
        readAhead = Math.max(Bhs.BYTES, Math.min(SPACE, bytes));
    }

    /** Says that the channel may have more bytes. */
    public void ready() {
        drained = false;
    }

    /** All bytes that ever arrived. */
    public long received() {
        return received;
    }

    /** The header that was taken last, in hexadecimal digits; never any data. */
    public String lastHeader() {
        return HexFormat.of().formatHex(header.array());
    }

    /** True if a PDU has begun and is not complete. */
    public boolean midway() {
        return inBody || input.hasRemaining();
    }

    /** The next PDU, or null if the channel has to deliver more first. */
    public Pdu poll(ScatteringByteChannel channel, Sink sink) throws IOException {
        if (!inBody && !header(channel, sink) || !data(channel) || !trailer(channel)) {
            return null;
        }
        inBody = false;
        ByteBuffer data = target == kept ? kept.flip() : DISCARD;
        target = null;
        pair[0] = null;
        return new Pdu(header, data);
    }

    private boolean header(ScatteringByteChannel channel, Sink sink) throws IOException {
        int need = Bhs.BYTES;
        while (input.remaining() < need
                || input.remaining() < (need = headerBytes(input.get(input.position() + Bhs.AHS_WORDS)))) {
            if (!fill(channel)) {
                return false;
            }
        }
        int at = input.position();
        if (digests.header()) {
            checkDigest(at, need - Integer.BYTES, "header");
        }
        header.put(0, input, at, Bhs.BYTES);
        length = Bhs.dataLength(input, at);
        if (length > most) {
            throw new ProtocolException("PDU with opcode 0x" + Integer.toHexString(Bhs.opcode(header)) + ": data of "
                    + length + " bytes, " + most + " were agreed");
        }
        input.position(at + need);
        begin(sink);
        return true;
    }

    private int headerBytes(byte ahsWords) {
        return Bhs.BYTES + 4 * (ahsWords & 0xFF) + digests.headerBytes();
    }

    private void begin(Sink sink) throws IOException {
        left = length;
        crc.reset();
        target = length == 0 ? DISCARD : sink.destination(header, length);
        if (target == null) {
            target = kept;
            kept.clear();
        } else if (target != DISCARD && target.remaining() != length) {
            throw new IllegalStateException("destination of " + target.remaining() + " bytes for " + length);
        }
        inBody = true;
    }

    private boolean data(ScatteringByteChannel channel) throws IOException {
        while (left > 0) {
            if (input.hasRemaining()) {
                take(Math.min(left, input.remaining()));
            } else if (target.isDirect() && !target.isReadOnly()) {
                if (!readStraight(channel)) {
                    return false;
                }
            } else if (!fill(channel)) {
                return false;
            }
        }
        return true;
    }

    /** Moves bytes from the read-ahead to their destination. */
    private void take(int count) {
        int at = input.position();
        if (digests.data()) {
            crc.update(input.duplicate().limit(at + count));
        }
        if (target == kept) {
            grow(count);
        }
        if (target != DISCARD) {
            target.put(target.position(), input, at, count);
            target.position(target.position() + count);
        }
        input.position(at + count);
        left -= count;
    }

    private void grow(int count) {
        int need = kept.position() + count;
        if (need > kept.capacity()) {
            kept = ByteBuffer.allocate(Math.max(need, Math.min(length, 2 * kept.capacity())))
                    .put(kept.flip());
            target = kept;
        }
    }

    private boolean readStraight(ScatteringByteChannel channel) throws IOException {
        if (drained) {
            return false;
        }
        pair[0] = target;
        input.clear().limit(readAhead);
        int before = target.position();
        int room = target.remaining() + readAhead;
        long count;
        try {
            count = channel.read(pair);
        } finally {
            input.flip();
        }
        arrived(count, room);
        int placed = target.position() - before;
        if (digests.data() && placed > 0) {
            crc.update(target.duplicate().position(before).limit(before + placed));
        }
        left -= placed;
        return count > 0;
    }

    private boolean trailer(ScatteringByteChannel channel) throws IOException {
        int padding = Bhs.padding(length);
        int need = padding + digests.dataBytes(length);
        while (input.remaining() < need) {
            if (!fill(channel)) {
                return false;
            }
        }
        if (need > padding) {
            crc.update(input.duplicate().limit(input.position() + padding));
            int at = input.position() + padding;
            if (input.getInt(at) != Digests.wireValue(crc.getValue())) {
                throw new ProtocolException("data digest of a PDU is wrong");
            }
        }
        input.position(input.position() + need);
        return true;
    }

    private void checkDigest(int at, int count, String what) throws IOException {
        crc.reset();
        crc.update(input.duplicate().limit(at + count).position(at));
        if (input.getInt(at + count) != Digests.wireValue(crc.getValue())) {
            throw new ProtocolException(what + " digest of a PDU is wrong");
        }
    }

    private boolean fill(ScatteringByteChannel channel) throws IOException {
        if (drained) {
            return false;
        }
        input.compact();
        // a header with its additional segments always fits: at most 48 + 1020 + 4 bytes
        int ahead = inBody && left > 0 ? SPACE : Math.max(readAhead, 2048);
        input.limit(Math.min(input.capacity(), input.position() + ahead));
        int room = input.remaining();
        int count;
        try {
            count = channel.read(input);
        } finally {
            input.flip();
        }
        arrived(count, room);
        return count > 0;
    }

    private void arrived(long count, long room) throws EOFException {
        if (count < 0) {
            throw new EOFException("the target closed the connection");
        }
        drained = count < room;
        received += count;
    }
}
