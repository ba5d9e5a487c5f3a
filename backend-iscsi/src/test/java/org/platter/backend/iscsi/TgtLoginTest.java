// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** How tgtd lets us in, and to whom it sends us. Numbers refer to docs/formats/iscsi.md, section 18. */
@Timeout(120)
class TgtLoginTest {
    private static final String SECRET = "secret-123456";
    private static final String TARGET_SECRET = "target-secret-12";

    @TempDir
    Path folder;

    /** 2: digests that the target wants, that we want, that both do, on headers, data and both. */
    @ParameterizedTest
    @CsvSource({
        "both,CRC32C",
        "both,''",
        "header,'None,CRC32C'",
        "data,'CRC32C,None'",
        "none,'CRC32C,None'",
        "both,None"
    })
    void agreesOnDigests(String offered, String wanted) throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "4M", "--digests", offered);
                Unit unit = Unit.open(target.url(1), "HeaderDigest", wanted, "DataDigest", wanted)) {
            for (int size : new int[] {512, 513, 70001, 1 << 20}) {
                byte[] bytes = TgtTest.random(size, size);
                unit.write(bytes, 1000);
                assertArrayEquals(bytes, unit.read(1000, size));
            }
            assertEquals(1, target.sessions());
        }
    }

    /** A digest that is wanted and not to be had is an error. */
    @Test
    void failsWhereAWantedDigestIsNotToBeHad() throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "4M")) {
            assertThrows(DiskException.class, () -> Unit.open(target.url(1), "HeaderDigest", "CRC32C"));
        }
    }

    /** A flipped bit is found by the digests, and the request done again. */
    @ParameterizedTest
    @ValueSource(ints = {10, 60, 5000, 200_000})
    void findsAFlippedBit(int at) throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "4M", "--digests", "both");
                Proxy proxy = new Proxy(target.port())) {
            var url = java.net.URI.create("iscsi://127.0.0.1:" + proxy.port() + "/" + target.name() + "/1");
            try (Unit unit = Unit.open(url, "HeaderDigest", "CRC32C", "DataDigest", "CRC32C")) {
                byte[] bytes = TgtTest.random(1 << 20, 5);
                unit.write(bytes, 0);
                proxy.corruptAt = at;
                assertArrayEquals(bytes, unit.read(0, 1 << 20));
                assertEquals(2, proxy.connections.get());
            }
        }
    }

    /** 7: CHAP, right and wrong, with secrets of every kind. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                SECRET,
                "a%b@c:d,e=f gh",
                "grün-und-blau-öäü",
                "12-bytes-abc",
                "abcdefghijklmnopqrstuvwxyz0123456789" + "abcdefghijklmnopqrstuvwxyz01"
            })
    void authenticatesOneWay(String secret) throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "4M", "--chap", "user:" + secret)) {
            Unit.open(target.url(1), "InitiatorUsername", "user", "InitiatorSecret", secret)
                    .close();
            String hex = "0x" + HexFormat.of().formatHex(secret.getBytes(StandardCharsets.UTF_8));
            Unit.open(target.url(1), "InitiatorUsername", "user", "InitiatorSecret", hex)
                    .close();
            for (String[] wrong : new String[][] {{"user", secret + "x"}, {"other", secret}}) {
                DiskException e = assertThrows(
                        DiskException.class,
                        () -> Unit.open(target.url(1), "InitiatorUsername", wrong[0], "InitiatorSecret", wrong[1]));
                assertEquals(ErrorCode.DENIED, e.code());
                assertFalse(e.getMessage().contains(secret));
            }
            assertThrows(DiskException.class, () -> Unit.open(target.url(1)));
        }
    }

    /** 7, 8: mutual CHAP: the target has to prove itself, whatever it thinks. */
    @Test
    void authenticatesBothWays() throws Exception {
        String[] keys = {
            "InitiatorUsername",
            "user",
            "InitiatorSecret",
            SECRET,
            "TargetUsername",
            "tuser",
            "TargetSecret",
            TARGET_SECRET
        };
        try (Tgt target = Tgt.start(
                folder, "--size", "4M", "--chap", "user:" + SECRET, "--mutual-chap", "tuser:" + TARGET_SECRET)) {
            Unit.open(target.url(1), keys).close();
            String[] wrong = keys.clone();
            wrong[7] = "something-else!";
            assertThrows(DiskException.class, () -> Unit.open(target.url(1), wrong));
            wrong[7] = TARGET_SECRET;
            wrong[5] = "stranger";
            assertThrows(DiskException.class, () -> Unit.open(target.url(1), wrong));
        }
        try (Tgt target = Tgt.start(folder, "--size", "4M", "--chap", "user:" + SECRET)) {
            assertThrows(DiskException.class, () -> Unit.open(target.url(1), keys));
        }
        assertThrows(
                DiskException.class,
                () -> Unit.open(
                        java.net.URI.create("iscsi://127.0.0.1/x/0"),
                        "InitiatorUsername",
                        "u",
                        "InitiatorSecret",
                        SECRET,
                        "TargetSecret",
                        SECRET));
    }

    /** An account in the location, escaped as URIs want it. */
    @Test
    void takesTheAccountFromTheLocation() throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "4M", "--chap", "user:a%b@c:d,e=f gh")) {
            var url = target.url(1).toString().replace("iscsi://", "iscsi://user%25a%25b%40c%3Ad%2Ce%3Df%20gh@");
            try (Unit unit = Unit.open(java.net.URI.create(url))) {
                assertFalse(unit.storage().location().toString().contains("user"));
            }
        }
    }

    /** 41: redirected for now; the configured address is tried first after an outage. */
    @Test
    void followsARedirection() throws Exception {
        try (Tgt front = Tgt.start(folder.resolve("front"), "--size", "4M");
                Tgt back = Tgt.start(folder.resolve("back"), "--size", "4M")) {
            back.admin("--mode", "portal", "--op", "new", "--param", "portal=127.0.0.2:" + back.port());
            front.set("RedirectAddress", "127.0.0.2");
            front.set("RedirectPort", "" + back.port());
            front.set("RedirectReason", "Temporary");
            RecoveryTest.Cutter cutter = new RecoveryTest.Cutter();
            try (Unit unit = Unit.open(front.url(1), cutter)) {
                unit.write(TgtTest.random(4096, 1), 0);
                assertArrayEquals(TgtTest.random(4096, 1), TgtTest.part(back.file(1), 0, 4096));
                cutter.cut();
                unit.read(0, 512);
                assertEquals(4, cutter.connections());
            }
        }
    }

    /** Discovery: targets, portals, units. */
    @Test
    void discoversTargetsAndUnits() throws Exception {
        try (Tgt target = Tgt.start(folder, "--size", "4M", "--luns", "2", "--chap", "user:" + SECRET)) {
            var discovery = new IscsiDiscovery(Unit::plain);
            var portal = java.net.URI.create("iscsi://" + target.portal());
            var found = discovery.discover(
                    portal, java.util.Map.of("InitiatorUsername", "user", "InitiatorSecret", SECRET));
            assertEquals(1, found.size());
            assertEquals(target.name(), found.get(0).name());
            assertEquals(List.of(target.portal()), found.get(0).portals());
            var units = found.get(0).units();
            assertEquals(
                    List.of("0", "1", "2"), units.stream().map(u -> u.number()).toList());
            assertEquals(4 << 20, units.get(2).size());
            assertEquals(target.url(2), units.get(2).location());
            var locked = discovery.discover(portal, java.util.Map.of());
            assertFalse(locked.get(0).problem().isEmpty());
        }
    }
}
