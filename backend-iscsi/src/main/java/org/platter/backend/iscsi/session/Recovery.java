// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.session;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.platter.backend.iscsi.login.Connector;
import org.platter.backend.iscsi.login.LoginRefused;
import org.platter.backend.iscsi.scsi.Commands;
import org.platter.backend.iscsi.session.SessionLoop.State;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * Makes a lost connection anew: log in, see that the unit is the same, write again what a restarted target may have lost,
 * then let the interrupted commands go out in their old order before any new one. Runs on the session's thread, in the
 * lead. Source: docs/formats/iscsi.md, section 8.
 */
final class Recovery {
    private static final long[] PAUSES_MILLIS = {0, 100, 300, 1000, 3000, 5000};
    private static final long KICK_AFTER = TimeUnit.MILLISECONDS.toNanos(500);
    private static final int MOST_VIOLATIONS = 4;
    private static final int LONGEST_PAUSE_SECONDS = 30;
    private static final long LEAST_ATTEMPT = TimeUnit.MILLISECONDS.toNanos(20);
    private static final int REPLAYED_TOGETHER = 16;

    private final SessionLoop lead;
    private final Connector dialer;
    private final SessionOptions options;
    private final CommandWindow flow;
    private final CommandCompletion endings;

    private Session.Verifier verifier = (commands, anew) -> {};
    private long outageSince;
    private boolean inOutage;
    private long outageSpent; // without the times when a connection was up and proved nothing
    private int attempts;
    private int violations;
    private IOException last = new IOException("nothing was tried");
    private volatile long notBefore = System.nanoTime();

    Recovery(
            SessionLoop lead, Connector dialer, SessionOptions options, CommandWindow flow, CommandCompletion endings) {
        this.lead = lead;
        this.dialer = dialer;
        this.options = options;
        this.flow = flow;
        this.endings = endings;
    }

    void verifier(Session.Verifier other) {
        verifier = other;
    }

    /** Why the connection was lost; the flow's lock is held. */
    void lost(IOException cause) {
        last = cause;
        if (endings.takeProven() || !inOutage) {
            inOutage = true;
            outageSpent = 0;
            attempts = 0;
            violations = 0;
        }
        outageSince = System.nanoTime() - outageSpent;
        violations += cause instanceof ProtocolException ? 1 : 0;
    }

    /** The target wants no connection for so many seconds. */
    void pause(int seconds) {
        notBefore = System.nanoTime() + TimeUnit.SECONDS.toNanos(Math.min(seconds, LONGEST_PAUSE_SECONDS));
    }

    /** Until the session is up, given up or closed. */
    void run() {
        boolean single = !inOutage;
        takeBack();
        while (lead.enter(State.RECOVERING)) {
            rest(single);
            if (lead.closed()) {
                return;
            }
            if (!single && (budget() < LEAST_ATTEMPT || violations > MOST_VIOLATIONS)) {
                giveUp(outOfTime());
                return;
            }
            try {
                attempt(single);
                return;
            } catch (IOException e) {
                last = e;
                takeBack();
            }
            if (single || forGood(last)) {
                giveUp(single && !forGood(last) ? outOfTime() : Failure.of(last));
                return;
            }
        }
    }

    /** Nanoseconds that the outage may still last. */
    private long budget() {
        return options.recoveryNanos() < 0
                ? Long.MAX_VALUE
                : options.recoveryNanos() - (System.nanoTime() - outageSince);
    }

    private Failure outOfTime() {
        long seconds = TimeUnit.NANOSECONDS.toSeconds(inOutage ? System.nanoTime() - outageSince : 0);
        return new Failure(
                ErrorCode.TIMEOUT,
                "no connection" + (seconds > 0 ? " for " + seconds + " s" : "") + ", at last: "
                        + Failure.of(last).message());
    }

    private static boolean forGood(IOException e) {
        if (e instanceof LoginRefused) {
            return !((LoginRefused) e).passing();
        }
        return e instanceof DiskException
                && (((DiskException) e).code() == ErrorCode.BAD_STATE
                        || ((DiskException) e).code() == ErrorCode.BAD_TYPE);
    }

    /** Closes what is left of the connection; every command is back at its start. */
    private void takeBack() {
        lead.connection().close();
        flow.lock.lock();
        try {
            Failure why = Failure.of(last);
            flow.reclaim().forEach(task -> endings.failLanded(task, why));
            endings.failLate(System.nanoTime(), why);
        } finally {
            flow.lock.unlock();
        }
        endings.settle();
    }

    /** Waits before the next attempt; a new request cuts the wait short, but not to nothing. */
    private void rest(boolean single) {
        long pause = TimeUnit.MILLISECONDS.toNanos(PAUSES_MILLIS[Math.min(attempts++, PAUSES_MILLIS.length - 1)]);
        long jitter = pause == 0 ? 0 : ThreadLocalRandom.current().nextLong(pause / 4);
        long start = System.nanoTime();
        long until = single ? start : Math.max(notBefore, start + pause - jitter);
        until = Math.min(until, start + Math.max(0, Math.min(budget(), Long.MAX_VALUE / 4)));
        while (until - System.nanoTime() > 0 && !lead.closed()) {
            LockSupport.parkNanos(this, until - System.nanoTime());
            if (Thread.interrupted() || System.nanoTime() - start > KICK_AFTER && kicked()) {
                return;
            }
        }
    }

    private boolean kicked() {
        flow.lock.lock();
        try {
            return lead.takeKick();
        } finally {
            flow.lock.unlock();
        }
    }

    private void attempt(boolean single) throws IOException {
        kicked();
        long now = System.nanoTime();
        long time = single ? options.timeoutNanos() : Math.min(options.timeoutNanos(), budget());
        Connection next = lead.connect(dialer.dial(options.identity(), now + time));
        try {
            look(next);
            open(next);
        } catch (IOException | RuntimeException e) {
            next.close();
            throw e;
        }
        SessionLoop.LOG.log(Level.INFO, "iSCSI {0}: connected again", options.place());
    }

    private void look(Connection next) throws IOException {
        long deadline = System.nanoTime() + options.timeoutNanos();
        endings.takePowerOnSeen();
        verifier.verify(commands(next, deadline), true);
        flow.lock.lock();
        boolean restarted;
        boolean incomplete;
        try {
            restarted = endings.takePowerOnSeen();
            incomplete = restarted && flow.log.incomplete();
            if (incomplete) {
                endings.reportOnFlush(new Failure(
                        ErrorCode.IO, "the target restarted and may have lost writes that were not flushed"));
                flow.log.forgetUnlogged();
            }
        } finally {
            flow.lock.unlock();
        }
        if (restarted) {
            replay(next);
        }
    }

    private Commands commands(Connection next, long deadline) {
        return (cdb, length) -> {
            Request request = Request.waited();
            Task task = Task.parameters(request, options.lun(), cdb, length, options.timeoutNanos());
            drive(next, request, List.of(task), deadline);
            if (task.status < 0) {
                throw new SocketTimeoutException(cdb + " was not answered");
            }
            return task.reply();
        };
    }

    /** Runs tasks of our own on a connection that serves nobody else yet. */
    private void drive(Connection next, Request request, List<Task> tasks, long deadline) throws IOException {
        flow.lock.lock();
        try {
            tasks.forEach(endings::enter);
            flow.partEnded(request, null);
        } finally {
            flow.lock.unlock();
        }
        endings.settle();
        while (!request.done()) {
            long left = deadline - System.nanoTime();
            if (left <= 0 || lead.closed()) {
                throw new SocketTimeoutException("the target did not answer in time");
            }
            next.serve(next.watch.untilTick(System.nanoTime(), 100));
            endings.settle();
        }
    }

    /** Writes again what was acknowledged and not flushed; overlapping writes one after the other. */
    private void replay(Connection next) throws IOException {
        List<WriteLog.Entry> entries;
        flow.lock.lock();
        try {
            entries = flow.log.entries();
        } finally {
            flow.lock.unlock();
        }
        List<WriteLog.Entry> batch = new ArrayList<>();
        for (WriteLog.Entry entry : entries) {
            if (batch.size() == REPLAYED_TOGETHER || batch.stream().anyMatch(entry::overlaps)) {
                write(next, batch);
                batch.clear();
            }
            batch.add(entry);
        }
        write(next, batch);
        if (!entries.isEmpty()) {
            SessionLoop.LOG.log(
                    Level.INFO, "iSCSI {0}: {1} unflushed writes written again", options.place(), entries.size());
        }
    }

    private void write(Connection next, List<WriteLog.Entry> batch) throws IOException {
        Request request = Request.waited();
        List<Task> tasks = new ArrayList<>();
        for (WriteLog.Entry entry : batch) {
            tasks.add(new Task.Builder(request, entry.lun(), Task.Kind.WRITE, entry.cdb())
                    .data(entry.copy().bytes().duplicate().clear())
                    .timeout(options.commandNanos())
                    .internal()
                    .build());
        }
        drive(next, request, tasks, System.nanoTime() + options.commandNanos());
        if (request.failure() != null) {
            throw new IOException("writing again failed: " + request.failure().message());
        }
    }

    private void open(Connection next) throws IOException {
        flow.lock.lock();
        try {
            endings.wantVerify(false);
            outageSpent = System.nanoTime() - outageSince;
            if (!lead.enter(State.UP)) {
                return;
            }
            flow.openToAll(true);
            flow.dispatch();
        } finally {
            flow.lock.unlock();
        }
        next.outbound.pump();
    }

    private void giveUp(Failure why) {
        flow.lock.lock();
        try {
            if (lead.enter(State.DOWN)) {
                inOutage = false;
                lead.takeKick();
                endings.failWaiting(why);
            }
        } finally {
            flow.lock.unlock();
        }
        endings.settle();
        SessionLoop.LOG.log(Level.WARNING, "iSCSI {0}: given up: {1}", options.place(), why.message());
    }

    /** The unit hints that it may be another one: looks at it while callers' commands wait. */
    void verifyAgain(Connection present) throws IOException {
        try {
            verifier.verify(commands(present, System.nanoTime() + options.timeoutNanos()), false);
        } catch (DiskException e) {
            if (!forGood(e)) {
                throw e;
            }
            last = e;
            takeBack();
            giveUp(Failure.of(e));
            return;
        }
        open(present);
    }
}
