// SPDX-License-Identifier: Apache-2.0
package org.platter.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ModeTest {
    @Test
    void noArgumentsOpenThePrompt() {
        assertEquals(Mode.INTERACTIVE, Mode.of());
    }

    @Test
    void aDashReadsAScript() {
        assertEquals(Mode.SCRIPT, Mode.of("-"));
        assertEquals(Mode.SCRIPT, Mode.of("--debug", "-"));
        assertEquals(Mode.SCRIPT, Mode.of("-", "--keep-going"));
    }

    @Test
    void anythingElseIsOneCommand() {
        assertEquals(Mode.COMMAND, Mode.of("--version"));
        assertEquals(Mode.COMMAND, Mode.of("info", "disk.vdi"));
        assertEquals(Mode.COMMAND, Mode.of("write", "disk.vdi", "-"));
        assertEquals(Mode.COMMAND, Mode.of("-", "disk.vdi"));
        assertEquals(Mode.COMMAND, Mode.of("info", "export"));
        assertEquals(Mode.EXPORT, Mode.of("--debug", "export", "disk.vdi"));
    }

    @Test
    void aCommandDoesWithoutTheConsole() {
        assertFalse(Mode.COMMAND.needs("org.apache.felix.gogo.runtime-1.1.6.jar"));
        assertFalse(Mode.COMMAND.needs("jline-3.30.16.jar"));
        assertFalse(Mode.COMMAND.needs("org.platter.nbd-1.0.0.jar"));
        assertTrue(Mode.EXPORT.needs("org.platter.nbd-1.0.0.jar"));
        assertTrue(Mode.COMMAND.needs("org.apache.felix.scr-2.2.18.jar"));
        assertTrue(Mode.COMMAND.needs("org.platter.shell-1.0.0.jar"));
    }

    @Test
    void aScriptHasTheCommandsOfThePromptButNotThePrompt() {
        String prompt = "org.apache.felix.gogo.jline-1.1.8.jar";
        assertTrue(Mode.SCRIPT.needs(prompt));
        assertFalse(Mode.SCRIPT.starts(prompt));
        assertTrue(Mode.SCRIPT.starts("org.apache.felix.gogo.runtime-1.1.6.jar"));
        assertTrue(Mode.INTERACTIVE.starts(prompt));
    }
}
