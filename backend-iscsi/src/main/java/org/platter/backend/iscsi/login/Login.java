// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.login;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.platter.backend.iscsi.wire.Bhs;
import org.platter.backend.iscsi.wire.Link;
import org.platter.backend.iscsi.wire.Pdu;
import org.platter.backend.iscsi.wire.Sender;
import org.platter.backend.iscsi.wire.Text;

/** One login on one connection. Source: docs/formats/iscsi.md, section 2. */
final class Login {
    private static final int ROUNDS = 30;
    private static final int MOST_TEXT = 64 << 10;
    private static final int MOST_PIECES = 16;
    private static final int MOST_DATA = 8192;
    private static final int STATUS = 36;

    private static final int SECURITY = 0;
    private static final int OPERATIONAL = 1;
    private static final int FULL_FEATURE = 3;
    private static final int STAY = -1;

    private static final int TRANSIT = 0x80;
    private static final int CONTINUE = 0x40;

    private final Link link;
    private final Identity identity;
    private final Optional<Credentials> credentials;
    private final Negotiation negotiation;
    private final int segment;
    private final long deadline;

    private int rounds;
    private boolean moved;
    private Optional<String> group = Optional.empty();
    private int expStatSn;
    private Pdu last;

    Login(Link link, Identity identity, Optional<Credentials> credentials, Offer offer, long deadline) {
        this.link = link;
        this.identity = identity;
        this.credentials = credentials;
        this.negotiation = new Negotiation(offer, identity.discovery());
        this.segment = offer.segment();
        this.deadline = deadline;
    }

    /** Runs it through and gives the connection its digests. */
    LoggedIn run() throws IOException {
        security();
        operational();
        Parameters agreed = negotiation.result();
        link.sender().expect(agreed.digests());
        link.receiver().expect(agreed.digests(), segment);
        return new LoggedIn(link, agreed, FIRST_CMD_SN, expStatSn, last.i32(Bhs.EXP_CMD_SN), last.i32(Bhs.MAX_CMD_SN));
    }

    private static final int FIRST_CMD_SN = 1;
    private static final int TASK_TAG = 1;

    private void security() throws IOException {
        Map<String, String> first = new LinkedHashMap<>();
        first.put("InitiatorName", identity.initiator());
        first.put("SessionType", identity.discovery() ? "Discovery" : "Normal");
        identity.target().ifPresent(name -> first.put("TargetName", name));
        String method = credentials.isPresent() ? "CHAP" : "None";
        first.put("AuthMethod", method);
        Map<String, String> answer = round(first, SECURITY, credentials.isPresent() ? STAY : OPERATIONAL);
        String chosen = answer.get("AuthMethod");
        if (chosen == null ? credentials.isPresent() : !chosen.equals(method)) {
            throw new ProtocolException("login: AuthMethod=" + method + " is required, the target answers "
                    + (chosen == null ? "nothing" : Text.shown(chosen)));
        }
        if (credentials.isPresent()) {
            authenticate(new Chap(credentials.get()));
        }
        while (!moved) {
            round(Map.of(), SECURITY, OPERATIONAL);
        }
    }

    private void authenticate(Chap chap) throws IOException {
        Map<String, String> challenge = round(chap.proposal(), SECURITY, STAY);
        Map<String, String> proof = new LinkedHashMap<>(round(chap.answer(challenge), SECURITY, OPERATIONAL));
        while (!moved) {
            proof.putAll(round(Map.of(), SECURITY, OPERATIONAL));
        }
        chap.checkTarget(proof);
    }

    private void operational() throws IOException {
        moved = false;
        Map<String, String> next = negotiation.offer();
        while (!moved) {
            next = negotiation.take(round(next, OPERATIONAL, FULL_FEATURE));
        }
    }

    /** Sends keys and gives the target's, put together if they come in pieces. */
    private Map<String, String> round(Map<String, String> keys, int stage, int next) throws IOException {
        ByteBuffer text = Text.encode(keys);
        if (text.remaining() > MOST_DATA) {
            throw new ProtocolException("login text of " + text.remaining() + " bytes");
        }
        exchange(text, stage, next);
        ByteBuffer whole = last.data();
        if ((last.flags() & CONTINUE) != 0) {
            whole = ByteBuffer.allocate(MOST_TEXT).put(last.data());
            for (int pieces = 1; (last.flags() & CONTINUE) != 0; pieces++) {
                exchange(Text.encode(Map.of()), stage, STAY);
                if (pieces == MOST_PIECES || whole.remaining() < last.data().remaining()) {
                    throw new ProtocolException("login text without end");
                }
                whole.put(last.data());
            }
            whole.flip();
        }
        Map<String, String> answer = Text.negotiation(whole);
        checkGroup(answer.get("TargetPortalGroupTag"));
        return answer;
    }

    private void exchange(ByteBuffer text, int stage, int next) throws IOException {
        if (rounds++ == ROUNDS) {
            throw new ProtocolException("login without end");
        }
        send(text, stage, next);
        last = link.receive(deadline);
        check(stage, next);
    }

    private void send(ByteBuffer text, int stage, int next) throws IOException {
        Sender sender = link.sender();
        ByteBuffer arena = sender.arena();
        int at = sender.begin();
        arena.put(at, (byte) (Bhs.IMMEDIATE | Bhs.LOGIN));
        arena.put(at + Bhs.FLAGS, (byte) (next == STAY ? stage << 2 : TRANSIT | stage << 2 | next));
        arena.putLong(at + Bhs.LUN, identity.isid() << 16);
        arena.putInt(at + Bhs.ITT, TASK_TAG);
        arena.putInt(at + Bhs.CMD_SN, FIRST_CMD_SN);
        arena.putInt(at + Bhs.EXP_STAT_SN, expStatSn);
        sender.end(at, text, 0, text.remaining());
        link.flush(deadline);
    }

    private void check(int stage, int next) throws IOException {
        String name = stage == SECURITY ? "security" : "operational";
        int flags = last.flags();
        if (last.opcode() != Bhs.LOGIN_RESPONSE || last.i32(Bhs.ITT) != TASK_TAG) {
            throw new ProtocolException("login answered by a PDU with opcode 0x" + Integer.toHexString(last.opcode()));
        }
        checkStatus(last.u16(STATUS), name);
        boolean transit = (flags & TRANSIT) != 0;
        if ((flags >> 2 & 3) != stage || transit && (next == STAY || (flags & 3) != next || (flags & CONTINUE) != 0)) {
            throw new ProtocolException(
                    String.format("login: the target answers flags %02x in the %s stage", flags, name));
        }
        if (rounds > 1 && last.i32(Bhs.STAT_SN) != expStatSn) {
            throw new ProtocolException("login: StatSN " + last.u32(Bhs.STAT_SN) + " out of order");
        }
        expStatSn = last.i32(Bhs.STAT_SN) + 1;
        moved = transit;
    }

    private void checkStatus(int status, String stage) throws IOException {
        if (status >> 8 == 0) {
            return;
        }
        if (status >> 8 > 3) {
            throw new ProtocolException(String.format("login: status %04x is unknown", status));
        }
        Optional<Portal> redirect = Optional.empty();
        if (status >> 8 == 1) {
            String address = Text.negotiation(last.data()).getOrDefault("TargetAddress", "");
            redirect = Portal.parse(address);
            if (redirect.isEmpty()) {
                throw new ProtocolException("login: redirected to '" + Text.shown(address) + "'");
            }
        }
        throw new LoginRefused(status, stage, redirect);
    }

    private void checkGroup(String tag) throws ProtocolException {
        if (tag == null) {
            return;
        }
        String wanted = identity.portalGroup().map(String::valueOf).orElse(tag);
        if (!wanted.equals(tag) || !group.orElse(tag).equals(tag)) {
            throw new ProtocolException(
                    "login: portal group " + Text.shown(tag) + " answers, wanted " + group.orElse(wanted));
        }
        group = Optional.of(tag);
    }
}
