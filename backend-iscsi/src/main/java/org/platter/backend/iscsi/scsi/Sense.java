// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.scsi;

import java.nio.ByteBuffer;

/**
 * Why a command failed, as the unit tells it.
 *
 * @param key the sense key, or {@link #NONE_KEY} if nothing could be read
 * @param code additional sense code and qualifier, {@code ASC << 8 | ASCQ}
 * @param deferred true if it is about an earlier command
 */
public record Sense(int key, int code, boolean deferred) {
    /** A key that no unit uses: there was no sense. */
    public static final int NONE_KEY = -1;

    /** Nothing was told. */
    public static final Sense NONE = new Sense(NONE_KEY, 0, false);

    public static final int NO_SENSE = 0x0;
    public static final int RECOVERED = 0x1;
    public static final int NOT_READY = 0x2;
    public static final int MEDIUM_ERROR = 0x3;
    public static final int HARDWARE_ERROR = 0x4;
    public static final int ILLEGAL_REQUEST = 0x5;
    public static final int UNIT_ATTENTION = 0x6;
    public static final int DATA_PROTECT = 0x7;
    public static final int ABORTED_COMMAND = 0xB;

    private static final String[] KEYS = {
        "no sense", "recovered error", "not ready", "medium error", "hardware error", "illegal request",
        "unit attention", "data protected", "blank check", "vendor specific", "copy aborted", "aborted command",
        "equal", "volume overflow", "miscompare", "completed"
    };

    /** Reads sense bytes in fixed or descriptor format; anything else is {@link #NONE}. */
    public static Sense decode(ByteBuffer bytes) {
        ByteBuffer b = bytes.slice();
        int format = b.remaining() < 1 ? 0 : b.get(0) & 0x7F;
        boolean deferred = (format & 1) != 0;
        if ((format & 0x7E) == 0x70 && b.remaining() >= 3) {
            int code = b.remaining() >= 14 ? b.getShort(12) & 0xFFFF : 0;
            return new Sense(b.get(2) & 0x0F, code, deferred);
        }
        if ((format & 0x7E) == 0x72 && b.remaining() >= 4) {
            return new Sense(b.get(1) & 0x0F, b.getShort(2) & 0xFFFF, deferred);
        }
        return NONE;
    }

    /** Reads the data segment of a SCSI Response: a length, then that many sense bytes, if they are there. */
    public static Sense ofResponse(ByteBuffer segment) {
        if (segment.remaining() < 2) {
            return NONE;
        }
        int length = segment.getShort(segment.position()) & 0xFFFF;
        int most = Math.min(length, segment.remaining() - 2);
        return decode(segment.slice(segment.position() + 2, most));
    }

    /** ASC. */
    public int asc() {
        return code >> 8;
    }

    /** True if the unit does not know the command. */
    public boolean unknownCommand() {
        return key == ILLEGAL_REQUEST && (asc() == 0x20 || code == 0);
    }

    /** True if the unit does not like the command or one of its fields. */
    public boolean refused() {
        return key == ILLEGAL_REQUEST && (unknownCommand() || asc() == 0x24 || asc() == 0x26);
    }

    /** Key and code in words, then in digits. */
    public String text() {
        if (key == NONE_KEY) {
            return "no reason given";
        }
        String words = SenseCodes.text(code);
        return String.format(
                "%s%s (%02x/%02x/%02x)", KEYS[key], words.isEmpty() ? "" : ", " + words, key, asc(), code & 0xFF);
    }
}
