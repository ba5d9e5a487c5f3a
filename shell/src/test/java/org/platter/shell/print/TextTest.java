// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.print;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextTest {
    private final StringBuilder out = new StringBuilder();
    private final Text text = new Text(out);

    @Test
    void noImageSendsCommandsToTheTerminal() throws IOException {
        text.field("comment", "\u001b]0;owned\u0007\nline two\u202e");
        assertEquals("comment                   \\u001b]0;owned\\u0007\\nline two\\u202e\n", out.toString());
    }

    @Test
    void lettersOfAllLanguagesStay() {
        assertEquals("größe 大小 😀", Text.safe("größe 大小 😀"));
    }

    @Test
    void emptyFieldsAreLeftOut() throws IOException {
        text.field("comment", "");
        assertEquals("", out.toString());
    }

    @Test
    void columnsAreAsWideAsTheirWidestCell() throws IOException {
        text.table(List.of("NAME", "N"), List.of(List.of("a", "7"), List.of("longer", "1234")));
        assertEquals("NAME    N\na          7\nlonger  1234\n", out.toString());
    }

    @Test
    void aTableWithoutRowsHasItsHeadings() throws IOException {
        text.table(List.of("NAME", "SIZE"), List.of());
        assertEquals("NAME  SIZE\n", out.toString());
    }
}
