// SPDX-License-Identifier: Apache-2.0
package org.platter.container.catalogue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import org.platter.storage.Storage;

/** Bytes at a place of a file, by which a format is known; a negative position counts from the end. */
record Signature(long position, ByteBuffer bytes) {
    private static final int MOST = 4096;

    /** What {@code POSITION:HEX} says; empty if it says nothing that can be looked for. */
    static Optional<Signature> parse(String text) {
        int colon = text.indexOf(':');
        try {
            byte[] bytes = HexFormat.of().parseHex(text.substring(colon + 1));
            boolean usable = colon > 0 && bytes.length > 0 && bytes.length <= MOST;
            return usable
                    ? Optional.of(new Signature(
                            Long.parseLong(text.substring(0, colon)),
                            ByteBuffer.wrap(bytes).asReadOnlyBuffer()))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // another catalogue's idea of a signature is no reason to know no format at all
        }
    }

    boolean matches(Storage storage) throws IOException {
        long size = storage.size();
        long start = position < 0 ? size + position : position;
        if (start < 0 || start > size - bytes.remaining()) {
            return false;
        }
        ByteBuffer found = ByteBuffer.allocate(bytes.remaining());
        storage.read(found, start);
        return found.flip().equals(bytes);
    }
}
