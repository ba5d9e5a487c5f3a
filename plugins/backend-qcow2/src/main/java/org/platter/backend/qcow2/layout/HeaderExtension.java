// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.layout;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.platter.error.DiskException;

/**
 * What follows the header. Source: docs/formats/qcow2.md, section 1.
 *
 * @param type what it says
 * @param data its bytes, without padding; not to be changed
 */
public record HeaderExtension(int type, byte[] data) {
    /** The format of the backing file, as text. */
    public static final int FORMAT = 0xE279_2ACA;

    /** Names of feature bits. */
    public static final int NAMES = 0x6803_F857;

    /** Where the bitmaps are. */
    public static final int BITMAPS = 0x2385_2875;

    /** Where the encryption header is. */
    public static final int ENCRYPTION = 0x0537_BE77;

    /** The name of the data file. */
    public static final int DATA_FILE = 0x4441_5441;

    private static final int HEAD = 8;

    /** The extensions in {@code area}, which ends where the first cluster or the backing name does. */
    static List<HeaderExtension> decode(ByteBuffer area) throws DiskException {
        List<HeaderExtension> list = new ArrayList<>();
        ByteBuffer b = area.duplicate();
        while (b.remaining() >= HEAD) {
            int type = b.getInt();
            long length = Integer.toUnsignedLong(b.getInt());
            if (type == 0) {
                break;
            }
            if (length > b.remaining()) {
                throw Bad.header("extension 0x" + Integer.toHexString(type) + " of " + length + " bytes, "
                        + b.remaining() + " are left in the first cluster");
            }
            byte[] data = new byte[(int) length];
            b.get(data);
            b.position((int) Math.min(b.limit(), b.position() + padding(length)));
            list.add(new HeaderExtension(type, data));
        }
        return list;
    }

    private static long padding(long length) {
        return -length & 7;
    }

    /** Bytes in the file. */
    int bytes() {
        return HEAD + data.length + (int) padding(data.length);
    }

    /** Appends it. */
    void encode(ByteBuffer b) {
        b.putInt(type).putInt(data.length).put(data);
        b.position(b.position() + (int) padding(data.length));
    }
}
