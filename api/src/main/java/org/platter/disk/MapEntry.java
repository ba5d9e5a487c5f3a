// SPDX-License-Identifier: Apache-2.0
package org.platter.disk;

import java.net.URI;
import java.util.Optional;

/**
 * A stretch of a disk of one kind and origin.
 *
 * @param offset where it starts, bytes
 * @param length how long it is, bytes
 * @param kind what it is
 * @param depth how far below the last image the answer comes from: 0 for the last image, -1 if nobody has it
 * @param file the file that holds data, if so
 * @param position where in that file, bytes, or -1
 */
public record MapEntry(long offset, long length, Kind kind, int depth, Optional<URI> file, long position) {
    /** What a stretch is. */
    public enum Kind {
        /** Bytes in a storage. */
        DATA,
        /** Zeroes that some image, or a hole of its file, vouches for. */
        ZERO,
        /** No image has it; reads as zeroes. */
        FREE
    }
}
