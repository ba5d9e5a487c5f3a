// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.protocol;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Data of {@link Option#LIST_META_CONTEXT} and {@link Option#SET_META_CONTEXT}. Source: docs/formats/nbd.md, section 2.
 *
 * @param name of the export
 * @param queries which contexts
 */
public record MetaQuery(String name, List<String> queries) {
    /** The one context there is: what is data, and what is a hole that reads as zeroes. */
    public static final String ALLOCATION = "base:allocation";

    /** All contexts that the protocol itself defines. */
    public static final String BASE = "base:";

    /** Bit of {@link #ALLOCATION}: no storage is taken. */
    public static final int HOLE = 1;

    /** Bit of {@link #ALLOCATION}: reads as zeroes. */
    public static final int ZERO = 1 << 1;

    /** Copies the list. */
    public MetaQuery {
        queries = List.copyOf(queries);
    }

    /** The query, if {@code source} holds exactly one. */
    public static Optional<MetaQuery> decode(ByteBuffer source) {
        return Text.decodeCounted(source).flatMap(name -> decode(name, source));
    }

    private static Optional<MetaQuery> decode(String name, ByteBuffer source) {
        if (source.remaining() < 4) {
            return Optional.empty();
        }
        long count = Integer.toUnsignedLong(source.getInt());
        List<String> queries = new ArrayList<>();
        // a query takes 4 bytes at least, so this ends with the data whatever the count says
        for (long i = 0; i < count; i++) {
            Optional<String> query = Text.decodeCounted(source);
            if (query.isEmpty()) {
                return Optional.empty();
            }
            queries.add(query.get());
        }
        return source.hasRemaining() ? Optional.empty() : Optional.of(new MetaQuery(name, queries));
    }

    /** Whether a list of contexts has {@link #ALLOCATION}: asked for by name, by namespace, or by asking for all. */
    public boolean lists() {
        return queries.isEmpty() || queries.contains(ALLOCATION) || queries.contains(BASE);
    }

    /** Whether {@link #ALLOCATION} is chosen. */
    public boolean selects() {
        return queries.contains(ALLOCATION);
    }
}
