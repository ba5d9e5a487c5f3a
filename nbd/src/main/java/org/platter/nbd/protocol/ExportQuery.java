// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.protocol;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Data of {@link Option#INFO} and {@link Option#GO}. Source: docs/formats/nbd.md, section 2.
 *
 * @param name of the export
 * @param facts what the client wants to know of it
 */
public record ExportQuery(String name, Set<Integer> facts) {
    public static final int EXPORT = 0;
    public static final int NAME = 1;
    public static final int DESCRIPTION = 2;
    public static final int BLOCK_SIZE = 3;

    /** Copies the set. */
    public ExportQuery {
        facts = Set.copyOf(facts);
    }

    /** The query, if {@code source} holds exactly one. */
    public static Optional<ExportQuery> decode(ByteBuffer source) {
        return Text.decodeCounted(source).flatMap(name -> decode(name, source));
    }

    private static Optional<ExportQuery> decode(String name, ByteBuffer source) {
        if (source.remaining() < 2) {
            return Optional.empty();
        }
        int count = Short.toUnsignedInt(source.getShort());
        if (source.remaining() != 2 * count) {
            return Optional.empty();
        }
        Set<Integer> facts = new HashSet<>();
        for (int i = 0; i < count; i++) {
            facts.add(Short.toUnsignedInt(source.getShort()));
        }
        return Optional.of(new ExportQuery(name, facts));
    }
}
