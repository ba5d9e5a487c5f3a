// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.gogo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.platter.shell.Interpreter;
import org.platter.shell.option.Syntax;

class CompletionTest {
    @Test
    void valuesOfOptionsAreKnown() {
        assertEquals(List.of("auto", "bar", "json", "none"), words("convert", "--progress", ""));
        assertTrue(words("create", "--variant", "").contains("split2g"));
        assertEquals(Completion.Files.FOLDERS, files("info", "--search", ""));
    }

    @Test
    void listsGoOnBehindTheirComma() {
        assertTrue(words("create", "--variant", "esx,fi").contains("esx,fixed"));
        assertTrue(words("open", "--flags", "").contains("read-only"));
    }

    @Test
    void argumentsAreCountedWithoutOptionsAndTheirValues() {
        assertEquals(Completion.Files.ALL, files("create", "--comment", "text", "--variant", "fixed", ""));
        assertEquals(Completion.Files.NONE, files("create", "a.vdi", ""));
        assertEquals(Completion.Files.NONE, files("create", "--comment", ""));
    }

    @Test
    void nothingFollowsTheLastArgument() {
        assertEquals(Completion.Files.NONE, files("create", "a.vdi", "1G", ""));
    }

    private static List<String> words(String... line) {
        return completion(line).words();
    }

    private static Completion.Files files(String... line) {
        return completion(line).files();
    }

    /** No platform: what is asked here does not depend on what is open. */
    private static Completion completion(String... line) {
        Syntax syntax = Interpreter.command(line[0]).syntax();
        return Completion.of(syntax, List.of(line), line.length - 1, null);
    }
}
