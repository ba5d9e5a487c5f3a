// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.session;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import org.platter.backend.iscsi.scsi.Sense;
import org.platter.backend.iscsi.wire.Bhs;
import org.platter.backend.iscsi.wire.Control;
import org.platter.backend.iscsi.wire.Pdu;
import org.platter.backend.iscsi.wire.Receiver;
import org.platter.error.ErrorCode;

/** What the target sends on one connection. Used by the lead. Every number is checked before it is used. */
final class Inbound implements Receiver.Sink {
    private static final int BATCH = 256;
    private static final int MOST_PONGS = 16;
    private static final int FEW = 4 << 10;
    private static final int MANY = 64 << 10;

    private static final int STATUS_FLAG = 0x01;
    private static final int RESIDUALS = 0x06;
    private static final int RESPONSE = 2;
    private static final int STATUS = 3;
    private static final int EVENT = 36;
    private static final int PARAMETER_2 = 40;
    private static final int PARAMETER_3 = 42;
    private static final int REASON = 2;
    private static final int PROTOCOL_ERROR = 0x04;
    private static final int TOO_MANY_IMMEDIATE = 0x06;

    private final CommandWindow flow;
    private final Connection connection;
    private final SessionLoop lead;
    private final CommandCompletion endings;
    private boolean more;

    Inbound(CommandWindow flow, Connection connection, SessionLoop lead) {
        this.flow = flow;
        this.connection = connection;
        this.lead = lead;
        endings = lead.endings();
    }

    /** True if there is something left to take without asking the channel. */
    boolean more() {
        return more;
    }

    /** Takes what has come, but not so much that the clocks are not looked at. */
    void drain() throws IOException {
        try {
            drainBatch();
        } catch (ProtocolException e) {
            if (lead.options().dump()) {
                SessionLoop.LOG.log(
                        Level.WARNING,
                        "iSCSI {0}: {1}: {2}",
                        lead.options().place(),
                        e.getMessage(),
                        connection.link.receiver().lastHeader());
            }
            throw e;
        }
    }

    private void drainBatch() throws IOException {
        Receiver receiver = connection.link.receiver();
        receiver.readAhead(flow.expectsBigReads() ? FEW : MANY);
        int left = BATCH;
        Pdu pdu;
        while (left > 0 && (pdu = receiver.poll(connection.link.channel(), this)) != null) {
            left--;
            connection.watch.pduTaken();
            flow.lock.lock();
            try {
                take(pdu);
                flow.dispatch();
            } finally {
                flow.lock.unlock();
            }
        }
        more = left == 0;
    }

    @Override
    public ByteBuffer destination(ByteBuffer header, int length) throws IOException {
        if (Bhs.opcode(header) != Bhs.DATA_IN) {
            return null;
        }
        flow.lock.lock();
        try {
            Task task = task(header.getInt(Bhs.ITT), "Data-In");
            if (task == null) {
                return Receiver.DISCARD;
            }
            long offset = header.getInt(Bhs.BUFFER_OFFSET) & 0xFFFF_FFFFL;
            int sn = header.getInt(Bhs.DATA_SN);
            if (!task.takes() || sn != task.dataSn || offset != task.received || offset + length > task.length) {
                throw new ProtocolException("Data-In " + Integer.toUnsignedString(sn) + " with " + length
                        + " bytes at " + offset + " does not fit " + task.cdb + " of " + task.length
                        + " bytes, of which " + task.received + " have come");
            }
            return task.destination((int) offset, length);
        } finally {
            flow.lock.unlock();
        }
    }

    /** The live task of that tag; null if it was given up lately. */
    private Task task(int tag, String what) throws ProtocolException {
        Task task = flow.find(tag);
        if (task == null && !flow.lately(tag)) {
            throw new ProtocolException(what + " for task " + Integer.toHexString(tag) + ", which does not exist");
        }
        return task;
    }

    private void take(Pdu pdu) throws IOException {
        flow.window(pdu.i32(Bhs.EXP_CMD_SN), pdu.i32(Bhs.MAX_CMD_SN));
        switch (pdu.opcode()) {
            case Bhs.DATA_IN:
                dataIn(pdu);
                break;
            case Bhs.RESPONSE:
                countStatus(pdu);
                response(pdu);
                break;
            case Bhs.R2T:
                readyToTransfer(pdu);
                break;
            case Bhs.NOP_IN:
                nop(pdu);
                break;
            case Bhs.TASK_MANAGEMENT_RESPONSE:
                countStatus(pdu);
                aborted(connection.watch.managed(pdu.i32(Bhs.ITT), pdu.u8(RESPONSE)));
                break;
            case Bhs.ASYNC:
                countStatus(pdu);
                event(pdu);
                break;
            case Bhs.REJECT:
                countStatus(pdu);
                reject(pdu);
                break;
            case Bhs.LOGOUT_RESPONSE:
                countStatus(pdu);
                lead.logoutAnswered();
                break;
            default:
                throw new ProtocolException("PDU with opcode 0x" + Integer.toHexString(pdu.opcode()));
        }
    }

    private void aborted(Task task) {
        if (task != null) {
            flow.land(task, true);
            endings.again(task, 0, new Failure(ErrorCode.TIMEOUT, task.cdb + " was not answered in time"));
        }
    }

    private void countStatus(Pdu pdu) throws ProtocolException {
        if (pdu.i32(Bhs.STAT_SN) != flow.expStatSn()) {
            throw new ProtocolException(
                    "StatSN " + pdu.u32(Bhs.STAT_SN) + " instead of " + Integer.toUnsignedString(flow.expStatSn()));
        }
        flow.statSnSeen(pdu.i32(Bhs.STAT_SN) + 1);
    }

    private void dataIn(Pdu pdu) throws ProtocolException {
        Task task = task(pdu.i32(Bhs.ITT), "Data-In");
        int length = Bhs.dataLength(pdu.header(), 0);
        boolean withStatus = (pdu.flags() & STATUS_FLAG) != 0;
        if (length == 0 && !withStatus) {
            throw new ProtocolException("Data-In without data and status");
        }
        if (withStatus) {
            countStatus(pdu);
        }
        if (task == null) {
            return;
        }
        if (!task.takes()) {
            throw new ProtocolException("Data-In for " + task.cdb);
        }
        task.received += length;
        task.dataSn++;
        if (withStatus) {
            task.status = pdu.u8(STATUS);
            task.residual = pdu.flags() & RESIDUALS;
            endings.conclude(task);
        }
    }

    private void response(Pdu pdu) throws ProtocolException {
        Task task = task(pdu.i32(Bhs.ITT), "response");
        if (task == null) {
            return;
        }
        if (pdu.u8(RESPONSE) != 0) {
            endings.targetFailed(task, pdu.u8(RESPONSE));
            return;
        }
        task.status = pdu.u8(STATUS);
        task.residual = pdu.flags() & RESIDUALS;
        task.sense = Sense.ofResponse(pdu.data());
        endings.conclude(task);
    }

    private void readyToTransfer(Pdu pdu) throws ProtocolException {
        Task task = task(pdu.i32(Bhs.ITT), "R2T");
        if (task == null) {
            return;
        }
        long offset = pdu.u32(Bhs.BUFFER_OFFSET);
        long length = pdu.u32(Bhs.DESIRED_LENGTH);
        boolean fits = task.sends()
                && length > 0
                && length <= flow.parameters().maxBurst()
                && offset + length <= task.length
                && task.requested + length <= task.length
                && pdu.i32(Bhs.DATA_SN) == task.r2tSn
                && pdu.i32(Bhs.TTT) != Bhs.NO_TAG
                && task.mayBeAsked()
                && pdu.data().remaining() == 0;
        if (!fits) {
            throw new ProtocolException("R2T for " + length + " bytes at " + offset + " does not fit " + task.cdb
                    + " of " + task.length + " bytes, of which " + task.requested + " have been asked for");
        }
        task.r2tSn++;
        task.requested += (int) length;
        connection.outbound.add(
                task.solicited(pdu.header().getLong(Bhs.LUN), pdu.i32(Bhs.TTT), (int) offset, (int) length));
    }

    private void nop(Pdu pdu) throws ProtocolException {
        int tag = pdu.i32(Bhs.TTT);
        if (pdu.i32(Bhs.ITT) != Bhs.NO_TAG) {
            countStatus(pdu);
            connection.watch.pong(pdu.i32(Bhs.ITT));
        } else if (tag != Bhs.NO_TAG && connection.outbound.urgentWaiting() < MOST_PONGS) {
            connection.outbound.addUrgent(
                    new Control(Bhs.NOP_OUT, 0, pdu.header().getLong(Bhs.LUN), Bhs.NO_TAG, tag, flow.nextCmdSn(), 0));
        }
    }

    private void event(Pdu pdu) throws IOException {
        int event = pdu.u8(EVENT);
        switch (event) {
            case 0:
                endings.unitEvent(Sense.ofResponse(pdu.data()));
                break;
            case 1:
            case 4:
                connection.watch.drain(pdu.u16(PARAMETER_3));
                break;
            case 2:
            case 3:
                lead.recovery().pause(pdu.u16(PARAMETER_2));
                throw new ProtocolException("the target drops the connection (event " + event + ")");
            case 5:
                throw new ProtocolException("the target ended all tasks of the unit");
            default:
                SessionLoop.LOG.log(
                        Level.DEBUG,
                        "iSCSI {0}: asynchronous event {1}",
                        lead.options().place(),
                        event);
        }
    }

    private void reject(Pdu pdu) throws IOException {
        int reason = pdu.u8(REASON);
        if (reason == TOO_MANY_IMMEDIATE) {
            return;
        }
        ByteBuffer rejected = pdu.data();
        Task task = rejected.remaining() < Bhs.BYTES ? null : flow.find(rejected.getInt(rejected.position() + Bhs.ITT));
        if (rejected.remaining() < Bhs.BYTES || reason == PROTOCOL_ERROR || reason < 0x05 || reason > 0x0C) {
            throw new ProtocolException(String.format("the target rejects a PDU, reason %02x", reason));
        }
        if (task != null) {
            endings.rejected(task, reason);
        }
    }
}
