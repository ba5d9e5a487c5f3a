// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.login;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.platter.backend.iscsi.wire.Bhs;
import org.platter.backend.iscsi.wire.Link;
import org.platter.backend.iscsi.wire.Pdu;
import org.platter.backend.iscsi.wire.Sender;
import org.platter.backend.iscsi.wire.Text;
import org.platter.error.ErrorCode;

/** Asks a portal for its targets, in a discovery session of its own. Source: docs/formats/iscsi.md, section 9. */
public final class SendTargets {
    private static final int MOST_TEXT = 1 << 20;
    private static final int ROUNDS = 64;
    private static final int CONTINUE = 0x40;
    private static final int TEXT_TAG = 2;
    private static final int LOGOUT_TAG = 3;
    private static final long LOGOUT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LoggedIn session;
    private final long deadline;
    private int cmdSn;
    private int expStatSn;

    private SendTargets(LoggedIn session, long deadline) {
        this.session = session;
        this.deadline = deadline;
        cmdSn = session.cmdSn();
        expStatSn = session.expStatSn();
    }

    /** Names and portals of all targets that the portal tells us of; one without portals is at this portal. */
    public static Map<String, List<Portal>> ask(Connector dialer, String initiator, long deadline) throws IOException {
        Identity identity = new Identity(initiator, Optional.empty(), Optional.empty(), Identity.drawIsid());
        LoggedIn session = login(dialer, identity, deadline);
        try (Link link = session.link()) {
            SendTargets exchange = new SendTargets(session, deadline);
            Map<String, List<Portal>> targets = exchange.ask(dialer.portal());
            exchange.logout(link);
            return targets;
        }
    }

    /** Discovery often wants no account though the targets do: an account is shown only where it is asked for. */
    private static LoggedIn login(Connector dialer, Identity identity, long deadline) throws IOException {
        try {
            return dialer.withoutOneWayChap().dial(identity, deadline);
        } catch (LoginRefused e) {
            if (e.code() != ErrorCode.DENIED) {
                throw e;
            }
            return dialer.dial(identity, deadline);
        }
    }

    private Map<String, List<Portal>> ask(Portal asked) throws IOException {
        Map<String, List<Portal>> targets = new LinkedHashMap<>();
        List<Portal> portals = null;
        for (Text.Pair pair : Text.discovery(ByteBuffer.wrap(text()))) {
            if (pair.key().equals("TargetName")) {
                portals = targets.computeIfAbsent(pair.value(), name -> new ArrayList<>());
            } else if (pair.key().equals("TargetAddress") && portals != null) {
                Portal.parse(pair.value()).ifPresent(portals::add);
            }
        }
        targets.values().stream().filter(List::isEmpty).forEach(list -> list.add(asked));
        return targets;
    }

    private byte[] text() throws IOException {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        ByteBuffer question = Text.encode(Map.of("SendTargets", "All"));
        int tag = Bhs.NO_TAG;
        for (int round = 0; round < ROUNDS; round++) {
            Pdu answer = exchange(question, tag);
            byte[] piece = new byte[answer.data().remaining()];
            answer.data().get(piece);
            whole.write(piece);
            if (whole.size() > MOST_TEXT) {
                break;
            }
            tag = answer.i32(Bhs.TTT);
            if ((answer.flags() & Bhs.FINAL) != 0 && (answer.flags() & CONTINUE) == 0) {
                return whole.toByteArray();
            }
            if (tag == Bhs.NO_TAG) {
                throw new ProtocolException("discovery: an answer breaks off");
            }
            question = Text.encode(Map.of());
        }
        throw new ProtocolException("discovery: answer without end");
    }

    private Pdu exchange(ByteBuffer question, int tag) throws IOException {
        Sender sender = session.link().sender();
        ByteBuffer arena = sender.arena();
        int at = sender.begin();
        arena.put(at, (byte) Bhs.TEXT);
        arena.put(at + Bhs.FLAGS, (byte) Bhs.FINAL);
        arena.putInt(at + Bhs.ITT, TEXT_TAG);
        arena.putInt(at + Bhs.TTT, tag);
        arena.putInt(at + Bhs.CMD_SN, cmdSn++);
        arena.putInt(at + Bhs.EXP_STAT_SN, expStatSn);
        sender.end(at, question, 0, question.remaining());
        session.link().flush(deadline);
        for (int others = 0; others < ROUNDS; others++) {
            Pdu answer = session.link().receive(deadline);
            if (answer.opcode() == Bhs.TEXT_RESPONSE && answer.i32(Bhs.ITT) == TEXT_TAG) {
                expStatSn = answer.i32(Bhs.STAT_SN) + 1;
                return answer;
            }
            if (answer.opcode() != Bhs.NOP_IN && answer.opcode() != Bhs.ASYNC) {
                throw new ProtocolException(
                        "discovery: answered by a PDU with opcode 0x" + Integer.toHexString(answer.opcode()));
            }
        }
        throw new ProtocolException("discovery: no answer among many PDUs");
    }

    /** Politeness only: what was asked for has come. */
    private void logout(Link link) {
        try {
            Sender sender = link.sender();
            int at = sender.begin();
            sender.arena().put(at, (byte) (Bhs.IMMEDIATE | Bhs.LOGOUT));
            sender.arena().put(at + Bhs.FLAGS, (byte) Bhs.FINAL);
            sender.arena().putInt(at + Bhs.ITT, LOGOUT_TAG);
            sender.arena().putInt(at + Bhs.CMD_SN, cmdSn);
            sender.arena().putInt(at + Bhs.EXP_STAT_SN, expStatSn);
            sender.end(at);
            long limit = Math.min(deadline, System.nanoTime() + LOGOUT_NANOS);
            link.flush(limit);
            link.receive(limit);
        } catch (IOException e) {
            // the connection is closed next, whatever the target does
        }
    }
}
