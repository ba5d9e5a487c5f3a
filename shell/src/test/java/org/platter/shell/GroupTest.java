// SPDX-License-Identifier: Apache-2.0
package org.platter.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.platter.shell.option.Option;
import org.platter.shell.option.Syntax;

class GroupTest {
    static List<String> names() {
        return Group.allCommands();
    }

    @ParameterizedTest
    @MethodSource("names")
    void everyCommandIsThereAndExplainsItself(String name) {
        Syntax syntax = Group.command(name).orElseThrow().syntax();
        assertEquals(name, syntax.name());
        assertTrue(syntax.example().contains(name), syntax.example());
        assertFalse(syntax.summary().endsWith("."), syntax.summary());
        assertTrue(syntax.arguments().stream()
                .noneMatch(argument -> argument.text().isEmpty()));
    }

    @ParameterizedTest
    @MethodSource("names")
    void noOptionNameIsUsedTwice(String name) {
        List<String> options = Group.command(name).orElseThrow().syntax().options().stream()
                .map(Option::names)
                .flatMap(List::stream)
                .toList();
        assertEquals(options.size(), Set.copyOf(options).size(), options.toString());
    }

    @Test
    void everyCommandClassHasAName() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java/org/platter/shell"))) {
            Set<String> classes = files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith("Command.java")
                            && !file.equals("Command.java")
                            && !file.equals("JobCommand.java"))
                    .map(file -> file.replace("Command.java", "").toLowerCase(Locale.ROOT))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(new TreeSet<>(Group.allCommands()), classes);
        }
    }

    @Test
    void theOverviewNamesAllInOrder() {
        String text = Overview.text();
        int last = 0;
        for (String name : Group.allCommands()) {
            int place = text.indexOf("\n  " + name + " ");
            assertTrue(place > last, name);
            last = place;
        }
    }
}
