// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.session;

import java.nio.ByteBuffer;
import java.util.List;
import org.platter.backend.iscsi.login.Parameters;
import org.platter.backend.iscsi.scsi.Cdb;
import org.platter.backend.iscsi.scsi.Reply;
import org.platter.backend.iscsi.scsi.Sense;
import org.platter.backend.iscsi.scsi.Status;
import org.platter.backend.iscsi.wire.Bhs;
import org.platter.backend.iscsi.wire.Piece;
import org.platter.backend.iscsi.wire.Sender;

/**
 * One SCSI command, through as many attempts as it takes. The flow's lock guards everything that changes, but for what
 * the sending thread needs.
 */
public final class Task implements Piece {
    /** What a task's data is. */
    public enum Kind {
        /** Blocks to be read: all of them or an error. */
        READ,
        /** Blocks to be written. */
        WRITE,
        /** A list of parameters to be sent; the target says what it likes about its length. */
        SEND_PARAMETERS,
        /** Parameters to be taken, as many as come. */
        TAKE_PARAMETERS,
        /** The write cache to the medium: goes out when all earlier writes have been answered. */
        FLUSH
    }

    private static final int READ_FLAG = 0x40;
    private static final int WRITE_FLAG = 0x20;
    private static final int SIMPLE = 1;

    final Request request;
    final long lun;
    final Cdb cdb;
    final Kind kind;
    final ByteBuffer data;
    final int base;
    final int length;
    final boolean internal;
    final long timeoutNanos;

    // over all attempts
    long order = -1;
    long giveUpAt;
    int attempts;
    int retries;
    int attentions;
    int aborts;
    boolean senseAsked;
    int gates;
    List<Task> gated = List.of();
    WriteLog.Copy copy;
    boolean copying;
    boolean answered;
    long epoch;
    long mark;

    // this attempt
    int itt = Bhs.NO_TAG;
    int cmdSn;
    long expiresAt;
    boolean aborting;
    int received;
    int dataSn;
    int r2tSn;
    int requested;
    int residual;
    private Parameters parameters;
    private volatile int sent;
    private volatile int attempt;
    private volatile boolean composed;
    private volatile int r2tsServed;

    // outcome
    int status = -1;
    Sense sense = Sense.NONE;

    private Task(Builder b) {
        request = b.request;
        lun = b.lun;
        cdb = b.cdb;
        kind = b.kind;
        data = b.data;
        base = b.data == null ? 0 : b.data.position();
        length = b.data == null ? 0 : b.data.remaining();
        internal = b.internal;
        timeoutNanos = b.timeoutNanos;
    }

    /** What a task is made of. */
    public static final class Builder {
        private final Request request;
        private final long lun;
        private final Kind kind;
        private final Cdb cdb;
        private ByteBuffer data;
        private boolean internal;
        private long timeoutNanos;

        /** A task of {@code request} for the unit {@code lun}. */
        public Builder(Request request, long lun, Kind kind, Cdb cdb) {
            this.request = request;
            this.lun = lun;
            this.kind = kind;
            this.cdb = cdb;
        }

        /** Sends or fills the rest of this buffer, which is the task's own from now on; its bytes need not be. */
        public Builder data(ByteBuffer view) {
            data = view;
            return this;
        }

        /** How long one attempt may take. */
        public Builder timeout(long nanos) {
            timeoutNanos = nanos;
            return this;
        }

        Builder internal() {
            internal = true;
            return this;
        }

        /** The task. */
        public Task build() {
            return new Task(this);
        }
    }

    /** A command of our own for parameters. */
    static Task parameters(Request request, long lun, Cdb cdb, int length, long timeoutNanos) {
        Builder builder = new Builder(request, lun, Kind.TAKE_PARAMETERS, cdb)
                .timeout(timeoutNanos)
                .internal();
        return length > 0 ? builder.data(ByteBuffer.allocate(length)).build() : builder.build();
    }

    /** How it ended, with what it took. */
    Reply reply() {
        boolean withData = good() && kind == Kind.TAKE_PARAMETERS && data != null;
        return new Reply(status, sense, withData ? data.slice(base, received) : ByteBuffer.allocate(0));
    }

    /** After it is over: true if the unit does not know this command, or not with these fields. */
    public boolean refused() {
        return status == Status.CHECK_CONDITION && sense.refused();
    }

    boolean sends() {
        return kind == Kind.WRITE || kind == Kind.SEND_PARAMETERS;
    }

    boolean takes() {
        return kind == Kind.READ || kind == Kind.TAKE_PARAMETERS;
    }

    /** True if a short transfer is an error. */
    boolean exact() {
        return kind == Kind.READ || kind == Kind.WRITE;
    }

    /** Starts an attempt on a connection; gives the unsolicited data that follows the command, or null. */
    Piece begin(Parameters agreed, int tag, int sn, long now) {
        parameters = agreed;
        attempt++;
        attempts++;
        itt = tag;
        cmdSn = sn;
        expiresAt = Math.min(now + timeoutNanos, Math.max(giveUpAt, now));
        aborting = false;
        received = 0;
        dataSn = 0;
        r2tSn = 0;
        r2tsServed = 0;
        residual = 0;
        sent = 0;
        composed = false;
        status = -1;
        sense = Sense.NONE;
        requested = sends() ? agreed.unsolicited(length) : 0;
        int immediate = sends() ? agreed.immediate(length) : 0;
        return requested > immediate ? new Burst(lun, Bhs.NO_TAG, immediate, requested - immediate) : null;
    }

    /** The attempt is over: data that still waits to be sent is no longer wanted. */
    void end() {
        attempt++;
        itt = Bhs.NO_TAG;
    }

    /** True if this attempt's command is on its way: until then nothing that the target says can be about it. */
    boolean composed() {
        return composed;
    }

    /** Bytes that went out in this attempt. */
    int sent() {
        return sent;
    }

    /** True if the target may ask for more now. */
    boolean mayBeAsked() {
        return r2tSn - r2tsServed < parameters.maxOutstandingR2t();
    }

    /** The place for {@code count} bytes at {@code offset} of what is read. */
    ByteBuffer destination(int offset, int count) {
        return data.limit(base + offset + count).position(base + offset);
    }

    /** Data that the target asked for. */
    Piece solicited(long address, int tag, int offset, int count) {
        return new Burst(address, tag, offset, count);
    }

    @Override
    public boolean compose(Sender sender, int expStatSn) {
        ByteBuffer arena = sender.arena();
        int immediate = sends() ? parameters.immediate(length) : 0;
        int at = sender.begin();
        boolean last = requested <= immediate;
        composed = true;
        arena.put(at, (byte) Bhs.COMMAND);
        arena.put(at + Bhs.FLAGS, (byte) ((last ? Bhs.FINAL : 0)
                | (length > 0 && takes() ? READ_FLAG : 0)
                | (length > 0 && sends() ? WRITE_FLAG : 0)
                | SIMPLE));
        arena.putLong(at + Bhs.LUN, lun);
        arena.putInt(at + Bhs.ITT, itt);
        arena.putInt(at + Bhs.EXPECTED_LENGTH, length);
        arena.putInt(at + Bhs.CMD_SN, cmdSn);
        arena.putInt(at + Bhs.EXP_STAT_SN, expStatSn);
        arena.putLong(at + Bhs.CDB, cdb.high());
        arena.putLong(at + Bhs.CDB + Long.BYTES, cdb.low());
        if (immediate > 0) {
            sent = immediate;
            sender.end(at, data, base, immediate);
        } else {
            sender.end(at);
        }
        return true;
    }

    boolean good() {
        return Status.good(status);
    }

    /** Part of the data of a write, in as many PDUs as the target's segment limit wants. */
    private final class Burst implements Piece {
        private final long address;
        private final int tag;
        private final int of = attempt;
        private final int task = itt;
        private int offset;
        private int left;
        private int sn;

        Burst(long address, int tag, int offset, int left) {
            this.address = address;
            this.tag = tag;
            this.offset = offset;
            this.left = left;
        }

        @Override
        public boolean compose(Sender sender, int expStatSn) {
            if (of != attempt) {
                return true;
            }
            int count = Math.min(left, parameters.targetSegment());
            ByteBuffer arena = sender.arena();
            int at = sender.begin();
            arena.put(at, (byte) Bhs.DATA_OUT);
            arena.put(at + Bhs.FLAGS, (byte) (count == left ? Bhs.FINAL : 0));
            arena.putLong(at + Bhs.LUN, tag == Bhs.NO_TAG ? lun : address);
            arena.putInt(at + Bhs.ITT, task);
            arena.putInt(at + Bhs.TTT, tag);
            arena.putInt(at + Bhs.EXP_STAT_SN, expStatSn);
            arena.putInt(at + Bhs.DATA_SN, sn++);
            arena.putInt(at + Bhs.BUFFER_OFFSET, offset);
            sent += count;
            sender.end(at, data, base + offset, count);
            offset += count;
            left -= count;
            if (left == 0 && tag != Bhs.NO_TAG) {
                r2tsServed++;
            }
            return left == 0;
        }
    }
}
