// SPDX-License-Identifier: Apache-2.0
package org.platter.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class SuggestionTest {
    private static final List<String> KNOWN = List.of("info", "convert", "compare", "compact");

    @Test
    void findsTheNearestWord() {
        assertEquals("; did you mean info", Suggestion.of("inof", KNOWN));
        assertEquals("; did you mean compact", Suggestion.of("compat", KNOWN));
    }

    @Test
    void saysNothingWhereNothingIsNear() {
        assertEquals("", Suggestion.of("xyzzy", KNOWN));
        assertEquals("", Suggestion.of("x".repeat(100_000), KNOWN));
    }
}
