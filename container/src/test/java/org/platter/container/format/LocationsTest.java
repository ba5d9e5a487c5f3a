// SPDX-License-Identifier: Apache-2.0
package org.platter.container.format;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocationsTest {
    @ParameterizedTest
    @CsvSource({
        "file:///w/a@b/d.vdi, file:///w/a@b/d.vdi",
        "file:/w/a@b/d.vdi, file:/w/a@b/d.vdi",
        "mem://host/a@b, mem://host/a@b",
        "mem:a@b, mem:a@b",
        "nbd+unix:///vm@1?socket=/run/a@b.sock, nbd+unix:///vm@1?socket=/run/a@b.sock",
        "iscsi://user@host:3260/target/0, iscsi://host:3260/target/0",
        "iscsi://user:secret@host/a@b/0, iscsi://host/a@b/0",
        "s3://bucket/key@2024?x=a@b, s3://bucket/key@2024?x=a@b",
        "https://me:pass@[::1]:80/x@y#z@, https://[::1]:80/x@y#z@"
    })
    void onlyTheAuthorityHasAUser(URI location, URI shown) {
        assertEquals(shown, Locations.withoutSecret(location));
    }

    @Test
    void pathsWithAnAtSignAreShownWhole() {
        assertEquals("/w/a@b/d@.vdi", Locations.show(Path.of("/w/a@b/d@.vdi").toUri()));
        assertEquals("d@.vdi", Locations.name(Path.of("/w/a@b/d@.vdi").toUri()));
        assertEquals(
                Path.of("/w/a@b/e.vdi").toUri(),
                Locations.sibling(Path.of("/w/a@b/d@.vdi").toUri(), "e.vdi"));
    }
}
