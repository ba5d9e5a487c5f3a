// SPDX-License-Identifier: Apache-2.0
package org.platter.container.catalogue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class ClausesTest {
    @Test
    void whatTheBuildWritesIsRead() {
        List<Clauses.Clause> clauses =
                Clauses.of("osgi.service;objectClass:List<String>=\"org.platter.format.FormatBackend\""
                        + ";uses:=\"org.platter.format\",platter.format;extensions:List<String>=\"vhd,vpc\";name=VHD"
                        + ";signatures:List<String>=\"-512:636f,0:63\"");
        assertEquals(2, clauses.size());
        Clauses.Clause format = clauses.get(1);
        assertEquals("platter.format", format.name());
        assertEquals("VHD", format.text("name"));
        assertEquals(List.of("vhd", "vpc"), format.texts("extensions"));
        assertEquals(List.of("-512:636f", "0:63"), format.texts("signatures"));
        assertEquals("org.platter.format", clauses.get(0).text("uses"));
    }

    @Test
    void quotesHideSeparators() {
        List<Clauses.Clause> clauses = Clauses.of(" a ; x = \"1;2,3=\\\"4\\\"\" ; y=z , b");
        assertEquals("1;2,3=\"4\"", clauses.get(0).text("x"));
        assertEquals("z", clauses.get(0).text("y"));
        assertEquals("b", clauses.get(1).name());
    }

    @Test
    void anElementMayHaveAComma() {
        assertEquals(List.of("a,b", "c"), Clauses.split("a\\,b, c,,"));
    }

    @Test
    void noHeaderHasNoClauses() {
        assertTrue(Clauses.of(null).isEmpty());
        assertTrue(Clauses.of("").isEmpty());
    }

    @Property(tries = 500)
    void anyTextIsTakenInItsLength(
            @ForAll
                    @StringLength(max = 60)
                    @Chars({';', ',', '=', ':', '"', '\\', ' '})
                    @CharRange(from = 'a', to = 'c')
                    String header) {
        assertTrue(Clauses.of(header).size() <= header.length() + 1);
    }
}
