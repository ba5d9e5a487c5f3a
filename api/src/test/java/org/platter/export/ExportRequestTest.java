// SPDX-License-Identifier: Apache-2.0
package org.platter.export;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ExportRequestTest {
    private static final ExportRequest DISK = ExportRequest.of("disk");

    @Test
    void whatOtherHostsReachWithoutEncryptionIsUnguarded() {
        assertTrue(DISK.at(new InetSocketAddress("0.0.0.0", 10809)).unguarded());
        assertTrue(DISK.at(new InetSocketAddress("192.0.2.1", 10809)).unguarded());
    }

    @Test
    void theHostItselfSocketsAndEncryptionGuard() {
        assertFalse(DISK.unguarded());
        assertFalse(DISK.at(new InetSocketAddress("::1", 10809)).unguarded());
        assertFalse(DISK.at(UnixDomainSocketAddress.of("/run/disk.sock")).unguarded());
        assertFalse(DISK.at(new InetSocketAddress("0.0.0.0", 10809))
                .withTls(ExportTls.pem(Path.of("cert.pem"), Path.of("key.pem")))
                .unguarded());
    }
}
