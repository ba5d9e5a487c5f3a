// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.wire;

/**
 * Which digests a connection carries. The value of a CRC32C goes out with its low byte first.
 *
 * @param header each header is followed by its digest
 * @param data each data segment that is not empty is followed by its digest
 */
public record Digests(boolean header, boolean data) {
    /** As during login. */
    public static final Digests NONE = new Digests(false, false);

    /** Bytes after a header. */
    int headerBytes() {
        return header ? Integer.BYTES : 0;
    }

    /** Bytes after the padding of a data segment of that length. */
    int dataBytes(int length) {
        return data && length > 0 ? Integer.BYTES : 0;
    }

    /** The digest as the big-endian number that has the same bytes. */
    static int wireValue(long crc) {
        return Integer.reverseBytes((int) crc);
    }
}
