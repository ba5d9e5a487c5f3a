// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.protocol;

import java.nio.ByteBuffer;

/** The first words of both sides, and how the oldest option answers. Source: docs/formats/nbd.md, section 1. */
public final class Handshake {
    /** "NBDMAGIC". */
    public static final long MAGIC = 0x4e42444d41474943L;

    /** "IHAVEOPT". */
    public static final long OPTION_MAGIC = 0x49484156454F5054L;

    /** Both sides: options are answered and the session goes on after an unknown one. */
    public static final int FIXED_NEWSTYLE = 1;

    /** Both sides: no padding after the answer to {@link Option#EXPORT_NAME}. */
    public static final int NO_ZEROES = 1 << 1;

    /** Bytes of the server's greeting. */
    public static final int GREETING_BYTES = 18;

    /** Bytes of the client's flags. */
    public static final int CLIENT_BYTES = 4;

    private static final int PADDING = 124;

    private Handshake() {}

    /** What the server says first. */
    public static ByteBuffer greeting() {
        return ByteBuffer.allocate(GREETING_BYTES)
                .putLong(MAGIC)
                .putLong(OPTION_MAGIC)
                .putShort((short) (FIXED_NEWSTYLE | NO_ZEROES))
                .flip();
    }

    /** Whether a client's flags are all known. */
    public static boolean known(int clientFlags) {
        return (clientFlags & ~(FIXED_NEWSTYLE | NO_ZEROES)) == 0;
    }

    /** The answer to {@link Option#EXPORT_NAME}. */
    public static ByteBuffer export(long size, int transmissionFlags, boolean padded) {
        int bytes = 10 + (padded ? PADDING : 0);
        return ByteBuffer.allocate(bytes)
                .putLong(size)
                .putShort((short) transmissionFlags)
                .position(bytes)
                .flip();
    }
}
