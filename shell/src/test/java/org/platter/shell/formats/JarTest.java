// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.shell.command.Console;
import org.platter.shell.command.Invocation;
import org.platter.shell.option.UsageException;

class JarTest {
    private static URI location(String word) {
        Console console = new Console(null, null, null, Path.of("/w/a@b"), 0, false);
        return Jar.location(new Invocation(null, null, console, null, null), word);
    }

    @ParameterizedTest
    @ValueSource(strings = {"VHD", "iSCSI", "nbd+unix", "com.example", "x_1"})
    void aPlainWordIsAName(String word) {
        assertEquals(Optional.of(word), Jar.name(word));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"vhd.jar", "./VHD", "plugins/VHD", "https://x/y.jar", "mvn:g/a/1", "file:vhd.jar", "", "a@b"})
    void aPathOrUrlIsNone(String word) {
        assertEquals(Optional.empty(), Jar.name(word));
    }

    @ParameterizedTest
    @CsvSource({
        "vhd.jar, file:///w/a@b/vhd.jar",
        "/x/vhd.jar, file:///x/vhd.jar",
        "file:vhd.jar, file:///w/a@b/vhd.jar",
        "file:///x/vhd.jar, file:///x/vhd.jar",
        "https://example.com/vhd.jar?a=b, https://example.com/vhd.jar?a=b",
        "mvn:org.platter/org.platter.backend.vhd/1.0.0, mvn:org.platter/org.platter.backend.vhd/1.0.0"
    })
    void aJarIsAtAPathOrUrl(String word, URI location) {
        assertEquals(location, location(word));
    }

    @Test
    void whatIsNoUrlIsWrongUsage() {
        assertThrows(UsageException.class, () -> location("https://x y"));
    }
}
