// SPDX-License-Identifier: Apache-2.0
package org.platter.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartTest {
    @TempDir
    Path home;

    @Test
    void whatAnUpgradeTookOutOfServiceIsNotStarted() throws IOException {
        touch("bundles/org.platter.backend.vdi-1.0.jar");
        touch("store/org.platter.backend.vdi-1.1.jar");
        Files.writeString(home.resolve("store/disabled"), "org.platter.backend.vdi-1.0.jar\n");
        assertEquals(
                List.of("org.platter.backend.vdi-1.1"),
                names(Part.of(home, home.resolve("store"), Mode.COMMAND, new Messages(false))));
    }

    @Test
    void pluginsComeAfterOursAndBeforeTheShell() throws IOException {
        touch("bundles/org.apache.felix.gogo.jline-1.jar");
        touch("bundles/org.platter.shell-1.jar");
        touch("bundles/gson-2.jar");
        touch("bundles/org.platter.api-1.jar");
        touch("store/a.jar");
        touch("store/README");
        assertEquals(
                List.of("gson-2", "org.platter.api-1", "a", "org.platter.shell-1", "org.apache.felix.gogo.jline-1"),
                names(Part.of(home, home.resolve("store"), Mode.INTERACTIVE, new Messages(false))));
    }

    @Test
    void aProductWithoutPluginsIsFine() throws IOException {
        touch("bundles/org.platter.shell-1.jar");
        List<Part> parts = Part.of(home, home.resolve("store"), Mode.COMMAND, new Messages(false));
        assertEquals(List.of("org.platter.shell-1"), names(parts));
        assertTrue(parts.get(0).shell());
        assertTrue(parts.get(0).ours());
    }

    @Test
    void aListThatCannotBeReadIsReported() throws IOException {
        touch("bundles/org.platter.shell-1.jar");
        Files.createDirectories(home.resolve("store/disabled")); // not even root reads a folder as a file
        PrintStream before = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true));
        try {
            assertEquals(
                    1,
                    Part.of(home, home.resolve("store"), Mode.COMMAND, new Messages(false))
                            .size());
        } finally {
            System.setErr(before);
        }
        assertTrue(said.toString().startsWith("platter: the list of formats that are out of service"), said.toString());
    }

    private void touch(String name) throws IOException {
        Path file = home.resolve(name);
        Files.createDirectories(file.getParent());
        Files.createFile(file);
    }

    private static List<String> names(List<Part> parts) {
        return parts.stream()
                .map(part -> part.jar().getFileName().toString().replace(".jar", ""))
                .collect(Collectors.toList());
    }
}
