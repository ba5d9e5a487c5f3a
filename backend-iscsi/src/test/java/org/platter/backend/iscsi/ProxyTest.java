// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.platter.error.DiskException;

/** A bad network. Numbers refer to docs/formats/iscsi.md, section 18. */
@Timeout(300)
class ProxyTest {
    private static URI url(Proxy proxy) {
        return URI.create("iscsi://127.0.0.1:" + proxy.port() + "/" + FakeTarget.NAME + "/0");
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    /** 28: one byte at a time. */
    @Test
    void worksOneByteAtATime() throws Exception {
        try (FakeTarget target = new FakeTarget();
                Proxy proxy = new Proxy(target.port())) {
            proxy.dribble = true;
            try (Unit unit = Unit.open(url(proxy))) {
                byte[] bytes = random(20000 / 512 * 512);
                unit.write(bytes, 512);
                assertArrayEquals(bytes, unit.read(512, bytes.length));
            }
        }
    }

    /** 33: cut at every byte of a session: the right bytes or an error, never wrong bytes. */
    @Test
    void endsRightWhereverTheConnectionIsCut() throws Exception {
        byte[] bytes = random(8192);
        long whole;
        try (FakeTarget target = new FakeTarget();
                Proxy proxy = new Proxy(target.port())) {
            session(proxy, target, bytes);
            whole = proxy.bytes.get();
        }
        assertTrue(whole > 16384);
        for (long cut = 0; cut < whole + 100; cut += cut < 2400 || cut > whole - 1500 ? 7 : 331) {
            try (FakeTarget target = new FakeTarget();
                    Proxy proxy = new Proxy(target.port())) {
                proxy.cutAfter = cut;
                try {
                    session(proxy, target, bytes);
                } catch (DiskException e) {
                    assertTrue(cut < 3000, "an error after the unit was open, cut after " + cut + ": " + e);
                }
            }
        }
    }

    private static void session(Proxy proxy, FakeTarget target, byte[] bytes) throws Exception {
        try (Unit unit = Unit.open(url(proxy), "Timeout", "3000", "RecoveryTimeout", "10000")) {
            unit.write(bytes, 4096);
            assertArrayEquals(bytes, unit.read(4096, bytes.length));
            assertArrayEquals(bytes, Arrays.copyOfRange(target.disk, 4096, 4096 + bytes.length));
        }
    }
}
