// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.wire;

import java.nio.ByteBuffer;

/**
 * A received PDU. Both buffers are the receiver's own and hold until the next PDU is taken.
 *
 * @param header 48 bytes from index 0
 * @param data the data segment from position to limit; empty if it went to a destination of its own
 */
public record Pdu(ByteBuffer header, ByteBuffer data) {
    /** The opcode. */
    public int opcode() {
        return Bhs.opcode(header);
    }

    /** Byte 1. */
    public int flags() {
        return Bhs.flags(header);
    }

    /** An unsigned byte of the header. */
    public int u8(int at) {
        return header.get(at) & 0xFF;
    }

    /** An unsigned 16-bit number of the header. */
    public int u16(int at) {
        return header.getShort(at) & 0xFFFF;
    }

    /** A 32-bit number of the header. */
    public int i32(int at) {
        return header.getInt(at);
    }

    /** An unsigned 32-bit number of the header. */
    public long u32(int at) {
        return header.getInt(at) & 0xFFFF_FFFFL;
    }
}
