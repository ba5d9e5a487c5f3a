// SPDX-License-Identifier: Apache-2.0
package org.platter.filesystems.type;

import java.io.IOException;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.space.SpaceCursor;

/**
 * What a volume holds.
 *
 * @param type the file system
 * @param label its label, may be empty
 * @param reason why it is left whole, or empty
 * @param free bytes that it notes as free in one number, or -1
 * @param ranges which they are
 */
public record Found(String type, String label, String reason, long free, Ranges ranges) {
    /** The unused ranges of a volume. */
    @FunctionalInterface
    public interface Ranges {
        /** Those from one place of the volume to another, cut at both. */
        SpaceCursor between(long from, long to) throws IOException;
    }

    /** A file system that is understood. */
    static Found of(String type, String label, long free, Ranges ranges) {
        return new Found(type, label, "", free, ranges);
    }

    /** One that is left whole. */
    public static Found left(String type, String label, String reason) {
        return new Found(type, label, reason, -1, (from, to) -> java.util.Optional::empty);
    }

    /** The same, left whole. */
    public Found left(String why) {
        return left(type, label, why);
    }

    /** Refuses what contradicts itself. */
    static void require(boolean holds, String otherwise) throws DiskException {
        if (!holds) {
            throw new DiskException(ErrorCode.CORRUPT, otherwise);
        }
    }

    /** Bytes as text up to the first zero byte. */
    static String text(byte[] bytes, java.nio.charset.Charset charset) {
        return new String(bytes, charset).split("\0", 2)[0].strip();
    }
}
