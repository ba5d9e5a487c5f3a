// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.backend.iscsi.FakeTarget.Message;
import org.platter.backend.iscsi.FakeTarget.Talk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** Logins against a scripted target. Numbers refer to docs/formats/iscsi.md, section 18. */
@Timeout(60)
class FakeLoginTest {
    private static final String SECRET = "a-secret-of-21-bytes!";
    private static final String TARGET_SECRET = "another-secret-here";
    private static final String[] CHAP = {"InitiatorUsername", "user", "InitiatorSecret", SECRET, "Timeout", "2000"};

    private static boolean operational(Message message) {
        return message.opcode() == 3 && (message.u8(1) >> 2 & 3) == 1;
    }

    private static Map<String, String> map(String... pairs) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i], pairs[i + 1]);
        }
        return map;
    }

    /** 3: an answer in pieces, and rounds without keys. */
    @Test
    void takesAnAnswerInPiecesAndRoundsWithoutKeys() throws Exception {
        AtomicInteger round = new AtomicInteger();
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
            if (!operational(message)) {
                return false;
            }
            switch (round.getAndIncrement()) {
                case 0 -> talk.loginText(message, 0x44, 0, bytes("HeaderDigest=None\0DataDi"));
                case 1 -> talk.loginText(message, 0x44, 0, bytes("gest=None\0MaxBurst"));
                case 2 -> talk.loginText(message, 0x04, 0, bytes("Length=262144\0X-com.example=1\0"));
                case 3 -> {
                    assertTrue(message.text().contains("X-com.example=NotUnderstood"));
                    talk.login(message, 0x04, 0, map());
                }
                default -> {
                    return false;
                }
            }
            return true;
        })) {
            Unit.open(target.url()).close();
            assertEquals(1, target.logins.get());
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** 3: answers that are not allowed. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "MaxBurstLength=0\0",
                "MaxBurstLength=99999999\0",
                "MaxBurstLength=1x\0",
                "HeaderDigest=CRC64\0",
                "MaxBurstLength=512",
                "A=1\0A=2\0",
                "=1\0",
                "nonsense\0",
                "InitialR2T=yes\0",
                "ImmediateData=1\0",
                "MaxRecvDataSegmentLength=511\0",
                "\0",
                "HeaderDigest=None,CRC32C\0",
                "MaxOutstandingR2T=-1\0"
            })
    void refusesAnswersThatAreNotAllowed(String text) throws Exception {
        refuses((talk, message) -> {
            if (operational(message)) {
                talk.loginText(message, message.u8(1), 0, bytes(text));
                return true;
            }
            return false;
        });
    }

    private static DiskException refuses(FakeTarget.Script script, String... keys) throws IOException {
        try (FakeTarget target = FakeTarget.scripted(script)) {
            String[] all = java.util.Arrays.copyOf(new String[] {"Timeout", "1000"}, 2 + keys.length);
            System.arraycopy(keys, 0, all, 2, keys.length);
            return assertThrows(DiskException.class, () -> Unit.open(target.url(), all));
        }
    }

    /** 3, 43: logins that are too long, never end, or are no logins. */
    @Test
    void refusesLoginsWithoutEnd() throws Exception {
        refuses((talk, message) -> {
            talk.loginText(message, message.u8(1), 0, new byte[8193]);
            return true;
        });
        refuses((talk, message) -> {
            talk.loginText(message, 0x40 | message.u8(1) & 0x0C, 0, new byte[8000]);
            return true;
        });
        refuses((talk, message) -> {
            talk.login(message, message.u8(1) & 0x0C, 0, map());
            return true;
        });
        refuses((talk, message) -> true);
        refuses((talk, message) -> {
            talk.hangUp();
            return true;
        });
        refuses((talk, message) -> {
            talk.send(talk.stamp(Message.of(0x21, 0x80).put(16, message.itt()), true));
            return true;
        });
        refuses((talk, message) -> {
            talk.login(message, 0x87, 0, map("AuthMethod", "None"));
            return true;
        });
        refuses((talk, message) -> {
            talk.raw("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".getBytes());
            talk.flush();
            talk.hangUp();
            return true;
        });
    }

    /** 9, 12: CHAP is wanted: nothing less will do, and it is tried once. */
    @ParameterizedTest
    @ValueSource(strings = {"None", "Reject", "absent", "0201", "algorithm", "identifier", "challenge", "huge", "hex"})
    void failsWhereTheTargetDoesNotDoChapProperly(String kind) throws Exception {
        AtomicInteger tries = new AtomicInteger();
        DiskException e = refuses(
                (talk, message) -> {
                    if (message.text().contains("AuthMethod")) {
                        tries.incrementAndGet();
                        switch (kind) {
                            case "absent" -> talk.login(message, 0, 0, map());
                            case "None", "Reject" -> talk.login(message, 0, 0, map("AuthMethod", kind));
                            case "0201" -> talk.login(message, 0, 0x0201, map());
                            default -> talk.login(message, 0, 0, map("AuthMethod", "CHAP"));
                        }
                        return true;
                    }
                    Map<String, String> challenge = map("CHAP_A", "5", "CHAP_I", "7", "CHAP_C", "0x0102030405060708");
                    switch (kind) {
                        case "algorithm" -> challenge.put("CHAP_A", "7");
                        case "identifier" -> challenge.put("CHAP_I", "256");
                        case "challenge" -> challenge.remove("CHAP_C");
                        case "huge" -> challenge.put("CHAP_C", "0x" + "ab".repeat(1025));
                        default -> challenge.put("CHAP_C", "0xzz");
                    }
                    talk.login(message, 0, 0, challenge);
                    return true;
                },
                CHAP);
        assertEquals(1, tries.get());
        if (kind.equals("0201")) {
            assertEquals(ErrorCode.DENIED, e.code());
        }
    }

    /** What a target that does mutual CHAP answers to our challenge. */
    interface Proof {
        Map<String, String> of(Map<String, String> asked) throws Exception;
    }

    private static FakeTarget.Script mutual(Proof proof) {
        return (talk, message) -> {
            if (message.opcode() != 3 || operational(message)) {
                return false;
            }
            Map<String, String> keys = new LinkedHashMap<>();
            for (String pair : message.text().split("\0")) {
                keys.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
            }
            if (keys.containsKey("AuthMethod")) {
                talk.login(message, 0, 0, map("AuthMethod", "CHAP"));
            } else if (keys.containsKey("CHAP_A")) {
                talk.login(message, 0, 0, map("CHAP_A", "5", "CHAP_I", "7", "CHAP_C", "0x" + "AB".repeat(1024)));
            } else {
                try {
                    talk.login(message, 0x81, 0, proof.of(keys));
                } catch (IOException e) {
                    throw e;
                } catch (Exception e) {
                    throw new IOException(e);
                }
            }
            return true;
        };
    }

    private static Map<String, String> prove(Map<String, String> asked, String algorithm, String secret)
            throws Exception {
        MessageDigest digest = MessageDigest.getInstance(algorithm);
        digest.update((byte) Integer.parseInt(asked.get("CHAP_I")));
        digest.update(secret.getBytes(StandardCharsets.UTF_8));
        byte[] response =
                digest.digest(HexFormat.of().parseHex(asked.get("CHAP_C").substring(2)));
        return map(
                "CHAP_N",
                "tuser",
                "CHAP_R",
                "0x" + HexFormat.of().withUpperCase().formatHex(response));
    }

    private static final String[] MUTUAL = {
        "InitiatorUsername",
        "user",
        "InitiatorSecret",
        SECRET,
        "TargetUsername",
        "tuser",
        "TargetSecret",
        TARGET_SECRET,
        "Timeout",
        "2000"
    };

    /** 9, 10: the target proves itself; its challenge is of 1024 bytes in upper-case digits. */
    @Test
    void letsATargetInThatProvesItself() throws Exception {
        try (FakeTarget target = FakeTarget.scripted(mutual(asked -> prove(asked, "MD5", TARGET_SECRET)))) {
            Unit.open(target.url(), MUTUAL).close();
        }
    }

    /** 9: anything less fails. */
    @Test
    void failsWhereTheTargetDoesNotProveItself() throws Exception {
        List<Proof> proofs = new ArrayList<>();
        proofs.add(asked -> map());
        proofs.add(asked -> map("CHAP_N", "tuser"));
        proofs.add(asked -> map("CHAP_R", prove(asked, "MD5", TARGET_SECRET).get("CHAP_R")));
        proofs.add(asked -> prove(asked, "MD5", SECRET));
        proofs.add(asked -> prove(asked, "SHA-1", TARGET_SECRET));
        proofs.add(asked -> map(
                "CHAP_N", "other", "CHAP_R", prove(asked, "MD5", TARGET_SECRET).get("CHAP_R")));
        proofs.add(asked -> map(
                "CHAP_N", "tuser", "CHAP_R", prove(asked, "MD5", TARGET_SECRET).get("CHAP_R") + "00"));
        proofs.add(asked -> map("CHAP_N", "tuser", "CHAP_R", "0x00"));
        for (Proof proof : proofs) {
            refuses(mutual(proof), MUTUAL);
        }
    }

    /** 9: our own challenge, sent back in a second login, is not answered. */
    @Test
    void doesNotAnswerItsOwnChallenge() throws Exception {
        AtomicInteger responses = new AtomicInteger();
        String[] seen = new String[1];
        FakeTarget.Script honest = mutual(asked -> {
            seen[0] = asked.get("CHAP_C");
            responses.incrementAndGet();
            return prove(asked, "MD5", TARGET_SECRET);
        });
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
            if (message.text().contains("CHAP_A") && seen[0] != null) {
                talk.login(message, 0, 0, map("CHAP_A", "5", "CHAP_I", "7", "CHAP_C", seen[0]));
                return true;
            }
            return honest.take(talk, message);
        })) {
            String[] keys = java.util.Arrays.copyOf(MUTUAL, MUTUAL.length + 2);
            keys[MUTUAL.length] = "RecoveryTimeout";
            keys[MUTUAL.length + 1] = "500";
            try (Unit unit = Unit.open(target.url(), keys)) {
                target.drop();
                assertThrows(DiskException.class, () -> unit.read(0, 512));
            }
            assertEquals(1, responses.get());
        }
    }

    /** 11: no secret and no response to a challenge shows anywhere. */
    @Test
    void neverShowsASecret() throws Exception {
        StringBuilder all = new StringBuilder();
        Logger logger = Logger.getLogger("org.platter.backend.iscsi");
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                all.append(java.text.MessageFormat.format(entry.getMessage(), entry.getParameters()));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        logger.setLevel(Level.ALL);
        logger.addHandler(handler);
        List<String> responses = new ArrayList<>();
        try {
            for (String secret : new String[] {TARGET_SECRET, "wrong"}) {
                try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
                    int at = message.text().indexOf("CHAP_R=0x");
                    if (at >= 0) {
                        responses.add(message.text().substring(at + 9, at + 41));
                    }
                    return mutual(asked -> prove(asked, "MD5", secret)).take(talk, message);
                })) {
                    var context = Unit.context(target.url(), true, Unit::plain, MUTUAL);
                    all.append(context.config());
                    try (var image = new IscsiBackend().open(context)) {
                        all.append(image).append(image.info()).append(image.map(0, 512));
                    } catch (IOException e) {
                        StringWriter trace = new StringWriter();
                        e.printStackTrace(new PrintWriter(trace));
                        all.append(trace);
                    }
                }
            }
        } finally {
            logger.removeHandler(handler);
            logger.setLevel(null);
        }
        assertEquals(2, responses.size());
        String shown = all.toString();
        assertFalse(shown.contains(SECRET) || shown.contains(TARGET_SECRET), shown);
        responses.forEach(response -> assertFalse(shown.contains(response), shown));
        assertTrue(shown.contains("did not prove"), shown);
    }

    /** 5, 6: the session's name is the same after a reconnect, another one in another session, and never zero. */
    @Test
    void keepsItsNameOverReconnectsAndSharesItWithNobody() throws Exception {
        List<Long> names = java.util.Collections.synchronizedList(new ArrayList<>());
        try (FakeTarget target = FakeTarget.scripted((talk, message) -> {
            if (operational(message)) {
                names.add(message.i64(8) >>> 16);
            }
            return false;
        })) {
            try (Unit unit = Unit.open(target.url());
                    Unit other = Unit.open(target.url())) {
                target.drop();
                unit.read(0, 512);
                other.read(0, 512);
            }
        }
        assertEquals(4, names.size());
        assertEquals(2, names.stream().distinct().count());
        names.forEach(name -> assertEquals(0b10, name >> 46));
        assertNotEquals(names.get(0), names.get(1));
    }

    /** 41: redirections by policy, in a circle, and to nonsense. */
    @Test
    void followsRedirectionsAsFarAsThePolicyGoes() throws Exception {
        try (FakeTarget real = new FakeTarget();
                FakeTarget front = FakeTarget.scripted((talk, message) -> {
                    talk.login(message, 0, 0x0101, map("TargetAddress", "127.0.0.1:" + real.port() + ",1"));
                    return true;
                })) {
            Unit.open(front.url()).close();
            assertEquals(1, real.logins.get());
            assertThrows(DiskException.class, () -> Unit.open(front.url(), "Redirects", "none"));
            Unit.open(front.url(), "Redirects", "same-host").close();
        }
        refuses((talk, message) -> {
            talk.login(message, 0, 0x0102, map("TargetAddress", "not an address at all"));
            return true;
        });
        refuses((talk, message) -> {
            talk.login(message, 0, 0x0101, map());
            return true;
        });
        try (FakeTarget circle = new FakeTarget()) {
            circle.script = (talk, message) -> {
                talk.login(message, 0, 0x0101, map("TargetAddress", "127.0.0.1:" + circle.port()));
                return true;
            };
            assertThrows(DiskException.class, () -> Unit.open(circle.url()));
        }
    }

    /** 41: an initiator that proves itself one way does not follow a stranger. */
    @Test
    void doesNotProveItselfToAHostItWasSentTo() throws Exception {
        DiskException e = refuses(
                (talk, message) -> {
                    talk.login(message, 0, 0x0101, map("TargetAddress", "127.0.0.2:3260"));
                    return true;
                },
                CHAP);
        assertTrue(e.getMessage().contains("policy"), e.getMessage());
    }

    /** Statuses by what users can do about them. */
    @Test
    void tellsWhyALoginWasRefused() throws Exception {
        for (int status : new int[] {0x0200, 0x0202, 0x0203, 0x0205, 0x0207, 0x0300, 0x0301, 0x0999, 0x02ff}) {
            DiskException e = refuses((talk, message) -> {
                talk.login(message, 0, status, map());
                return true;
            });
            ErrorCode code = status == 0x0202
                    ? ErrorCode.DENIED
                    : status == 0x0203 ? ErrorCode.NOT_FOUND : status == 0x0205 ? ErrorCode.NOT_SUPPORTED : e.code();
            assertEquals(code, e.code());
            assertTrue(e.getMessage().contains(String.format("%04x", status)), e.getMessage());
        }
    }

    /** A target that is busy for a moment is asked again. */
    @Test
    void asksAgainWhereTheServiceIsNotAvailableYet() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        try (FakeTarget target = FakeTarget.scripted((Talk talk, Message message) -> {
            if (message.opcode() == 3 && tries.incrementAndGet() <= 2) {
                talk.login(message, 0, 0x0301, map());
                return true;
            }
            return false;
        })) {
            Unit.open(target.url()).close();
        }
    }
}
