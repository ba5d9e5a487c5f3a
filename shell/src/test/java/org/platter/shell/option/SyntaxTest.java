// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SyntaxTest {
    private final Syntax syntax = new Syntax("copy", "Copy a thing", "platter copy a b");
    private final Option<Boolean> force = syntax.flag("--force", "replace");
    private final Option<Long> size = syntax.option("-s --size", "SIZE", Sizes::parse, "how large");
    private final Option<String> parents = syntax.options("--parent", "LOCATION", word -> word, "parents");
    private final Argument<String> from = syntax.argument("SRC", word -> word, "the source");
    private final Argument<String> to = syntax.optional("DST", word -> word, "the target");

    @Test
    void optionsStandAnywhere() {
        syntax.read(List.of("--force", "a", "--size", "1k", "b"));
        assertTrue(force.given());
        assertEquals(Optional.of(1024L), size.value());
        assertEquals("a", from.get());
        assertEquals("b", to.get());
    }

    @Test
    void valuesFollowAnEqualsSignOrAShortName() {
        syntax.read(List.of("--size=2k", "a"));
        assertEquals(Optional.of(2048L), size.value());
        Syntax second = new Syntax("x", "", "");
        Option<String> format = second.option("-f", "FORMAT", word -> word, "");
        second.read(List.of("-fVDI"));
        assertEquals(Optional.of("VDI"), format.value());
    }

    @Test
    void twoDashesEndOptions() {
        syntax.read(List.of("--", "--force", "-x"));
        assertFalse(force.given());
        assertEquals("--force", from.get());
        assertEquals("-x", to.get());
    }

    @Test
    void aDashAloneIsAnArgument() {
        syntax.read(List.of("-"));
        assertEquals("-", from.get());
    }

    @Test
    void repeatableOptionsKeepTheirOrder() {
        syntax.read(List.of("--parent", "x", "a", "--parent=y"));
        assertEquals(List.of("x", "y"), parents.values());
    }

    @Test
    void optionalArgumentsMayBeLeftOut() {
        syntax.read(List.of("a"));
        assertEquals(Optional.empty(), to.value());
    }

    @Test
    void helpNeedsNoArguments() {
        syntax.read(List.of("--help"));
        assertTrue(syntax.helpWanted());
    }

    @Test
    void mistakesAreNamed() {
        assertMistake("unknown option --sise; did you mean --size", "--sise", "1", "a");
        assertMistake("unknown option -q", "-q", "a");
        assertMistake("SRC is missing");
        assertMistake("'c' is one argument too many", "a", "b", "c");
        assertMistake("option --size wants SIZE", "a", "--size");
        assertMistake("option --size is given twice", "--size", "1", "-s", "2", "a");
        assertMistake("option --force takes no value", "--force=yes", "a");
        assertMistake("--size: 'much' is no number of bytes from 0 to 2^63-1, such as 512, 64k or 1.5G", "-smuch", "a");
    }

    private void assertMistake(String message, String... words) {
        Syntax fresh = new SyntaxTest().syntax;
        assertEquals(
                message,
                assertThrows(UsageException.class, () -> fresh.read(List.of(words)))
                        .getMessage());
    }

    @Test
    void helpShowsEverything() {
        String help = Usage.of(syntax);
        assertTrue(help.startsWith("Usage: platter copy [OPTION]… SRC [DST]\nCopy a thing.\n"), help);
        assertTrue(help.contains("  -s, --size SIZE         how large\n"), help);
        assertTrue(help.contains("  --parent LOCATION       parents; may be repeated\n"), help);
        assertTrue(help.endsWith("Example:\n  platter copy a b\n"), help);
        assertTrue(help.lines().allMatch(line -> line.length() <= 80), help);
    }
}
