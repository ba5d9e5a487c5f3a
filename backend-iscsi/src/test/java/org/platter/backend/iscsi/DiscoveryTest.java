// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.backend.iscsi.FakeTarget.Message;
import org.platter.backend.iscsi.FakeTarget.Talk;
import org.platter.discovery.Target;
import org.platter.error.DiskException;

/** What portals say of their targets, in any form. */
@Timeout(60)
class DiscoveryTest {
    private static final int TEXT = 4;
    private static final int FINAL = 0x80;
    private static final int MORE = 0x40;

    private static List<Target> discover(FakeTarget.Script script) throws IOException {
        try (FakeTarget target = FakeTarget.scripted(script)) {
            return new IscsiDiscovery(Unit::plain)
                    .discover(URI.create("iscsi://127.0.0.1:" + target.port()), Map.of("Timeout", "2000"));
        }
    }

    private static void answer(Talk talk, Message message, int flags, int tag, String text) throws IOException {
        talk.send(talk.stamp(Message.of(0x24, flags).put(16, message.itt()).put(20, tag), true)
                .with(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** A list in several answers, cut in the middle of a key; each is asked for with the tag of the one before. */
    @Test
    void putsAListInPiecesTogether() throws Exception {
        List<Target> targets = discover((talk, message) -> {
            if (message.opcode() != TEXT) {
                return false;
            }
            switch (message.i32(20)) {
                case -1 -> answer(talk, message, MORE, 5, "TargetName=" + FakeTarget.NAME + "\0TargetAddr");
                case 5 -> answer(talk, message, 0, 6, "ess=[::1]:1,1\0TargetAddress=127.0.0.1:1,1\0");
                default -> answer(talk, message, FINAL, -1, "TargetName=iqn.2026-01.test:other\0");
            }
            return true;
        });
        assertEquals(2, targets.size());
        assertEquals(FakeTarget.NAME, targets.get(0).name());
        assertEquals(List.of("[::1]:1", "127.0.0.1:1"), targets.get(0).portals());
        assertFalse(targets.get(0).problem().isEmpty()); // nobody is there
        assertEquals("iqn.2026-01.test:other", targets.get(1).name());
        assertEquals(2, targets.get(1).units().size()); // no address means the one that was asked
    }

    @Test
    void findsNothingWhereNothingIsTold() throws Exception {
        List<Target> targets = discover((talk, message) -> {
            if (message.opcode() == TEXT) {
                answer(talk, message, FINAL, -1, "");
                return true;
            }
            return false;
        });
        assertEquals(List.of(), targets);
    }

    /** Names are shown, never obeyed. */
    @Test
    void showsNoControlCharacters() throws Exception {
        List<Target> targets = discover((talk, message) -> {
            if (message.opcode() == TEXT) {
                answer(
                        talk,
                        message,
                        FINAL,
                        -1,
                        "TargetName=iqn.2026-01.test:\u001b[2J\rx\0TargetAddress=127.0.0.1:1,1\0");
                return true;
            }
            return false;
        });
        String all = targets.toString();
        assertFalse(all.chars().anyMatch(c -> c < ' '), all);
    }

    /** 43: lists without end, and lists that are none. */
    @ParameterizedTest
    @ValueSource(strings = {"endless", "pieces", "empty", "silent", "login", "foreign", "unended"})
    void refusesListsThatAreNone(String kind) {
        String line = "TargetName=iqn.2026-01.test:x\0";
        assertThrows(
                DiskException.class,
                () -> discover((talk, message) -> {
                    if (message.opcode() != TEXT) {
                        return false;
                    }
                    switch (kind) {
                        case "endless" -> answer(talk, message, 0, 5, line.repeat(1000));
                        case "pieces" -> answer(talk, message, MORE, 5, "A".repeat(8000));
                        case "empty" -> answer(talk, message, 0, 5, "");
                        case "silent" -> talk.flush();
                        case "login" ->
                            talk.send(talk.stamp(Message.of(0x23, 0x87).put(16, message.itt()), true));
                        case "foreign" ->
                            talk.send(talk.stamp(
                                    Message.of(0x24, FINAL)
                                            .put(16, message.itt() + 1)
                                            .put(20, -1),
                                    true));
                        default -> answer(talk, message, FINAL, -1, "TargetName=iqn.2026-01.test:x");
                    }
                    return true;
                }));
    }
}
