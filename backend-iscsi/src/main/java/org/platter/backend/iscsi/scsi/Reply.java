// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.scsi;

import java.nio.ByteBuffer;

/**
 * How a command for parameters ended.
 *
 * @param status the SCSI status
 * @param sense the reason, if the status is not good
 * @param data what came, from position to limit
 */
public record Reply(int status, Sense sense, ByteBuffer data) {
    /** True if the command was carried out. */
    public boolean good() {
        return Status.good(status);
    }

    /** Why not, in words. */
    public String text() {
        return status == Status.CHECK_CONDITION ? sense.text() : Status.text(status);
    }

    /** An unsigned byte of the data, 0 behind its end. */
    public int u8(int at) {
        return at < data.remaining() ? data.get(data.position() + at) & 0xFF : 0;
    }

    /** A 16-bit number of the data, 0 behind its end. */
    public int u16(int at) {
        return u8(at) << 8 | u8(at + 1);
    }

    /** A 32-bit number of the data, 0 behind its end. */
    public long u32(int at) {
        return (long) u16(at) << 16 | u16(at + 2);
    }

    /** A 64-bit number of the data, 0 behind its end. */
    public long i64(int at) {
        return u32(at) << 32 | u32(at + 4);
    }

    /** Printable ASCII of the data, trimmed. */
    public String ascii(int at, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = at; i < Math.min(at + length, data.remaining()); i++) {
            int c = u8(i);
            text.append(c >= ' ' && c < 0x7F ? (char) c : c == 0 ? ' ' : '?');
        }
        return text.toString().strip();
    }
}
