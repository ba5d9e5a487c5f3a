// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.session;

import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import org.platter.backend.iscsi.wire.Bhs;
import org.platter.backend.iscsi.wire.Control;
import org.platter.error.ErrorCode;

/**
 * The clocks of one connection: silence, PDUs that do not end, commands that are not answered. Used by the lead; takes
 * the flow's lock where it needs it.
 */
final class Timeouts {
    private static final int ABORT_TASK = 1;
    private static final int LOGICAL_UNIT_RESET = 5;
    private static final int NO_SUCH_TASK = 1;
    private static final long MANAGEMENT = TimeUnit.SECONDS.toNanos(3);

    private static final long OFTEN = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long SELDOM = TimeUnit.SECONDS.toNanos(1);

    private static final Failure LATE = new Failure(ErrorCode.TIMEOUT, "the target takes no commands");

    private final CommandWindow flow;
    private final CommandCompletion endings;
    private final Connection connection;
    private final long limit;

    private long next;
    private long heard = System.nanoTime();
    private long heardBytes;
    private long pdus;
    private long begunPdu = -1; // none has been looked at yet
    private long begunAt;
    private long stuckSince;
    private int ping = Bhs.NO_TAG;
    private long pingedAt;
    private Task managed;
    private int management = Bhs.NO_TAG;
    private boolean resetting;
    private boolean draining;
    private long drainUntil;

    Timeouts(CommandWindow flow, CommandCompletion endings, Connection connection, SessionOptions options) {
        this.flow = flow;
        this.endings = endings;
        this.connection = connection;
        limit = options.timeoutNanos();
    }

    /** Looks at all clocks, if it is time to. */
    void tick(long now) throws IOException {
        if (now - next < 0) {
            return;
        }
        next = now + Math.min(limit / 10, draining || flow.busy() ? OFTEN : SELDOM);
        flow.lock.lock();
        try {
            listen(now);
            progress(now);
            window(now);
            flow.wakeDelayed(now);
            next = Math.min(next, now + flow.untilDelayed(now, limit));
            for (Task task : flow.inFlight()) {
                if (now - task.expiresAt >= 0) {
                    expire(task, now);
                }
            }
            drained(now);
            endings.failLate(now, LATE);
            flow.dispatch();
        } finally {
            flow.lock.unlock();
        }
    }

    /** Until the next look, in milliseconds, at least 1. */
    long untilTick(long now, long most) {
        return Math.max(1, Math.min(most, TimeUnit.NANOSECONDS.toMillis(next - now) + 1));
    }

    /** The target wants us to log out within so many seconds: nothing new goes out, what is in flight may end. */
    void drain(int seconds) {
        flow.openToAll(false);
        drainUntil = System.nanoTime() + TimeUnit.SECONDS.toNanos(Math.min(seconds, 60));
        draining = true;
        next = System.nanoTime();
    }

    private void drained(long now) throws IOException {
        if (draining && (flow.count() == 0 || now - drainUntil >= 0)) {
            throw new ProtocolException("the target asked for a logout");
        }
    }

    void pduTaken() {
        pdus++;
    }

    /** Any byte is a sign of life; a long silence makes us ask, a longer one means death. */
    private void listen(long now) throws IOException {
        long bytes = connection.link.receiver().received();
        if (bytes != heardBytes) {
            heardBytes = bytes;
            heard = now;
        }
        long silence = now - heard;
        if (silence > limit && ping != Bhs.NO_TAG && now - pingedAt > limit / 3) {
            throw new SocketTimeoutException("the target has sent nothing for " + millis(silence) + " ms");
        }
        if (silence > limit / 2) {
            ping(now);
        }
    }

    private void ping(long now) {
        if (ping == Bhs.NO_TAG) {
            ping = flow.drawTag();
            pingedAt = now;
            connection.outbound.addUrgent(new Control(Bhs.NOP_OUT, 0, 0, ping, Bhs.NO_TAG, flow.nextCmdSn(), 0));
        }
    }

    /** The target answered a ping. */
    void pong(int tag) throws ProtocolException {
        if (tag != ping) {
            throw new ProtocolException("NOP-In answers a ping that was not sent");
        }
        ping = Bhs.NO_TAG;
    }

    /** A PDU that has begun must end. */
    private void progress(long now) throws IOException {
        if (!connection.link.receiver().midway() || pdus != begunPdu) {
            begunPdu = pdus;
            begunAt = now;
        } else if (now - begunAt > limit) {
            throw new SocketTimeoutException("a PDU has not been complete for " + millis(now - begunAt) + " ms");
        }
    }

    /** A target that has nothing to do and still takes nothing is asked, then given up. */
    private void window(long now) throws IOException {
        if (!flow.stuck()) {
            stuckSince = now;
        } else if (now - stuckSince > limit) {
            throw new SocketTimeoutException("the target takes no commands for " + millis(now - stuckSince) + " ms");
        } else if (now - stuckSince > limit / 4) {
            ping(now);
        }
    }

    private void expire(Task task, long now) throws IOException {
        if (!task.composed()) {
            throw new SocketTimeoutException("the target takes no data");
        }
        if (task.aborting) {
            throw new SocketTimeoutException(task.cdb + " was not answered for " + millis(task.timeoutNanos) + " ms");
        }
        if (managed != null) {
            return;
        }
        task.aborting = true;
        task.aborts++;
        task.expiresAt = now + Math.min(limit, MANAGEMENT);
        managed = task;
        management = flow.drawTag();
        resetting = task.aborts > 1;
        connection.outbound.addUrgent(new Control(
                Bhs.TASK_MANAGEMENT,
                resetting ? LOGICAL_UNIT_RESET : ABORT_TASK,
                task.lun,
                management,
                resetting ? Bhs.NO_TAG : task.itt,
                flow.nextCmdSn(),
                resetting ? 0 : task.cmdSn));
    }

    /** The target answered a task management request; the lock is held. Gives the task to be tried again, or null. */
    Task managed(int tag, int response) throws IOException {
        if (tag != management) {
            throw new ProtocolException("task management response for a request that was not made");
        }
        Task task = managed;
        managed = null;
        management = Bhs.NO_TAG;
        if (resetting || response > NO_SUCH_TASK) {
            throw new SocketTimeoutException(task.cdb + " is lost, the connection is made anew");
        }
        return task.aborting ? task : null;
    }

    private static long millis(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos);
    }
}
