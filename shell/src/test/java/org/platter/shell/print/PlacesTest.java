// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.print;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlacesTest {
    @Test
    void filesArePaths() {
        Path path = Path.of("with space.vdi").toAbsolutePath();
        assertEquals(path.toString(), Places.show(path.toUri()));
    }

    @Test
    void whatIsNoFileOfThisHostStaysAUri() {
        assertEquals("file://host/x", Places.show(URI.create("file://host/x")));
        assertEquals("iscsi://h/t/0", Places.show(URI.create("iscsi://h/t/0")));
    }

    @ParameterizedTest
    @CsvSource({
        "iscsi://joe%s3cret@h/t/0, iscsi://joe%***@h/t/0",
        "cannot open 'iscsi://joe%s@3%c/ret@h/t/0' now, cannot open 'iscsi://joe%***@h/t/0' now",
        "iscsi://joe@h/t/0, iscsi://joe@h/t/0",
        "100% of a@b, 100% of a@b"
    })
    void secretsAreHidden(String text, String shown) {
        assertEquals(shown, Places.withoutSecrets(text));
    }
}
