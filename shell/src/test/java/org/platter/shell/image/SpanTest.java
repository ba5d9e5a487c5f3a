// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class SpanTest {
    @Test
    void outerSectorsCoverAndInnerSectorsLieInside() {
        Span span = new Span(1000, 1048);
        assertEquals(new Span(512, 1536), span.outer());
        assertEquals(new Span(1024, 1024), span.inner());
    }

    @Test
    void aRangeInsideOneSectorHasNoInnerSectors() {
        assertEquals(0, new Span(100, 10).inner().length());
        assertEquals(0, new Span(500, 20).inner().length());
    }

    @Property
    void piecesCoverTheRangeAndFitATransfer(
            @ForAll @LongRange(min = 0, max = 1L << 40) long offset,
            @ForAll @LongRange(min = 1, max = 5L << 20) long length) {
        long next = offset;
        for (Span rest = new Span(offset, length); rest.length() > 0; ) {
            Span piece = rest.first();
            assertEquals(next, piece.offset());
            assertTrue(piece.outer().length() <= Span.CHUNK);
            assertTrue(next == offset || next % 512 == 0);
            next = piece.end();
            rest = rest.after(piece);
        }
        assertEquals(offset + length, next);
    }
}
