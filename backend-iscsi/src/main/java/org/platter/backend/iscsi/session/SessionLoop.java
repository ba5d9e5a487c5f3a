// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.session;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.platter.backend.iscsi.login.Connector;
import org.platter.backend.iscsi.login.LoggedIn;
import org.platter.error.ErrorCode;

/** Who receives, and what state the session is in. One thread at a time has the lead; see the package. */
final class SessionLoop {
    enum State {
        /** Connected, not yet allowed to reconnect. */
        OPENING,
        /** At work. */
        UP,
        /** Connection lost, nobody deals with it yet. */
        LOST,
        /** Being made anew, or looked at. */
        RECOVERING,
        /** Given up until somebody wants something. */
        DOWN,
        /** Closed. */
        CLOSED
    }

    private enum Duty {
        NONE,
        SERVE,
        VERIFY,
        RECOVER
    }

    static final System.Logger LOG = System.getLogger("org.platter.backend.iscsi");
    private static final long REST = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long LEADERLESS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final int BUSY_MILLIS = 100;
    private static final int IDLE_MILLIS = 1000;

    private final SessionOptions options;
    private final CommandWindow flow;
    private final CommandCompletion endings;
    private final Recovery recovery;
    private final Logout farewell;
    private final Thread thread;

    // guarded by the flow's lock
    private State state = State.OPENING;
    private Thread leader;
    private long leaderlessSince = System.nanoTime();
    private boolean kicked;
    private Failure reason = new Failure(ErrorCode.BAD_STATE, "the session is closed");

    private volatile Connection connection;

    SessionLoop(Connector dialer, SessionOptions options, CommandWindow flow, CommandCompletion endings) {
        this.options = options;
        this.flow = flow;
        this.endings = endings;
        recovery = new Recovery(this, dialer, options, flow, endings);
        farewell = new Logout(options, flow, endings);
        thread = new Thread(this::run, "platter-iscsi " + options.place());
        thread.setDaemon(true);
        thread.setContextClassLoader(null);
    }

    /** Takes the first connection and starts the thread. */
    void begin(LoggedIn first) {
        connect(first);
        flow.lock.lock();
        try {
            flow.openToAll(true);
        } finally {
            flow.lock.unlock();
        }
        thread.start();
    }

    /** Makes this login the present connection. */
    Connection connect(LoggedIn session) {
        Connection next = new Connection(session, flow, this);
        connection = next;
        return next;
    }

    Connection connection() {
        return connection;
    }

    SessionOptions options() {
        return options;
    }

    CommandCompletion endings() {
        return endings;
    }

    Recovery recovery() {
        return recovery;
    }

    void establish(Session.Verifier verifier, boolean keepWrites) {
        flow.lock.lock();
        try {
            recovery.verifier(verifier);
            flow.log.enable(keepWrites);
            state = state == State.OPENING ? State.UP : state;
        } finally {
            flow.lock.unlock();
        }
    }

    /** Tasks have been started; the lock is held. */
    void started() {
        if (state == State.CLOSED) {
            endings.failWaiting(reason);
        } else if (state != State.UP && state != State.OPENING && !kicked) {
            kicked = true;
            LockSupport.unpark(thread);
        }
    }

    /** True, once, if somebody has started something since the last call; the lock is held. */
    boolean takeKick() {
        boolean was = kicked;
        kicked = false;
        return was;
    }

    /** Sends what can be sent now; the session's own thread does that when it gets round to it. */
    void pump() {
        if (Thread.currentThread() != thread) {
            Connection now = connection;
            try {
                now.outbound.pump();
            } catch (IOException e) {
                lost(now, e);
            }
        }
    }

    /** Sees to it that somebody receives. */
    void wakeIfIdle() {
        boolean idle;
        flow.lock.lock();
        try {
            idle = leader == null || flow.hasPromised();
        } finally {
            flow.lock.unlock();
        }
        if (idle) {
            LockSupport.unpark(thread);
        }
    }

    /** Waits for the end of a request, in the lead if that is of use. */
    void await(Request request) {
        Thread me = Thread.currentThread();
        request.waiter(me);
        boolean interrupted = false;
        while (!request.done()) {
            if (me == thread) {
                work(false);
            } else if (take(me, request)) {
                lead(request);
            } else if (!request.done()) {
                LockSupport.parkNanos(request, REST);
            }
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            me.interrupt();
        }
    }

    private boolean take(Thread me, Request request) {
        flow.lock.lock();
        try {
            if (leader != null || !working() || endings.verifyWanted()) {
                return false;
            }
            if (flow.onlyOf(request) || System.nanoTime() - leaderlessSince > LEADERLESS) {
                leader = me;
                return true;
            }
        } finally {
            flow.lock.unlock();
        }
        LockSupport.unpark(thread);
        return false;
    }

    private boolean working() {
        return state == State.UP || state == State.OPENING;
    }

    private void lead(Request request) {
        Connection served = connection;
        try {
            while (!request.done() && mayStay() && !Thread.currentThread().isInterrupted()) {
                served.serve(served.watch.untilTick(System.nanoTime(), BUSY_MILLIS));
                endings.settle();
            }
        } catch (IOException e) {
            lost(served, e);
        } finally {
            drop();
        }
    }

    /** Futures are completed by the session's thread, never by a caller that happens to lead. */
    private boolean mayStay() {
        flow.lock.lock();
        try {
            if (flow.hasPromised()) {
                LockSupport.unpark(thread);
            }
            return working() && !endings.verifyWanted();
        } finally {
            flow.lock.unlock();
        }
    }

    private void drop() {
        boolean wake;
        flow.lock.lock();
        try {
            leader = null;
            leaderlessSince = System.nanoTime();
            wake = flow.busy() || flow.hasPromised() || !working() || endings.verifyWanted();
        } finally {
            flow.lock.unlock();
        }
        if (wake && Thread.currentThread() != thread) {
            LockSupport.unpark(thread);
        }
    }

    private void run() {
        try {
            while (work(true)) {
                // until closed
            }
        } finally {
            farewell.say(connection, reason);
        }
    }

    /** One round of the session's thread; false when it is closed. Nested where a future's dependent waits. */
    private boolean work(boolean outermost) {
        if (outermost) {
            endings.fire();
        }
        Duty duty;
        Connection served = connection;
        flow.lock.lock();
        try {
            if (state == State.CLOSED && leader == null) {
                endings.abandon(reason);
                duty = Duty.NONE;
            } else {
                duty = leader == null ? duty() : Duty.NONE;
                leader = duty == Duty.NONE ? leader : thread;
            }
            if (state == State.CLOSED && leader == null && outermost) {
                return false;
            }
        } finally {
            flow.lock.unlock();
        }
        if (duty == Duty.NONE) {
            endings.settle();
            LockSupport.parkNanos(this, REST);
        } else {
            perform(duty, served);
        }
        return true;
    }

    private Duty duty() {
        switch (state) {
            case LOST:
                return Duty.RECOVER;
            case DOWN:
                return kicked ? Duty.RECOVER : Duty.NONE;
            case UP:
            case OPENING:
                if (endings.verifyWanted() && state == State.UP) {
                    return Duty.VERIFY;
                }
                boolean quiet = System.nanoTime() - endings.lastWaited() > REST;
                return flow.busy() || quiet ? Duty.SERVE : Duty.NONE;
            default:
                return Duty.NONE;
        }
    }

    private void perform(Duty duty, Connection served) {
        try {
            if (duty == Duty.RECOVER) {
                recovery.run();
            } else if (duty == Duty.VERIFY) {
                recovery.verifyAgain(served);
            } else {
                served.serve(served.watch.untilTick(System.nanoTime(), flow.busy() ? BUSY_MILLIS : IDLE_MILLIS));
            }
            endings.settle();
        } catch (IOException e) {
            lost(served, e);
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "iSCSI " + options.place() + ": a fault of this program", e);
            lost(served, new IOException("a fault of this program: " + e));
        } finally {
            drop();
        }
    }

    /** A connection is of no use any more. Any thread may find out; the flow's lock is not held. */
    void lost(Connection which, IOException cause) {
        boolean ours;
        flow.lock.lock();
        try {
            ours = which == connection && working();
            if (ours && state == State.OPENING) {
                reason = Failure.of(cause);
                state = State.CLOSED;
            } else if (ours) {
                recovery.lost(cause);
                state = State.LOST;
            }
        } finally {
            flow.lock.unlock();
        }
        try {
            which.link.close();
        } catch (IOException e) {
            // it was of no use before
        }
        if (ours) {
            LOG.log(
                    Level.INFO,
                    "iSCSI {0}: connection lost: {1}",
                    options.place(),
                    Failure.of(cause).message());
            LockSupport.unpark(thread);
        }
    }

    /** True while the session is not closed; enters that state if so. */
    boolean enter(State next) {
        flow.lock.lock();
        try {
            if (state == State.CLOSED) {
                return false;
            }
            state = next;
            return true;
        } finally {
            flow.lock.unlock();
        }
    }

    boolean closed() {
        flow.lock.lock();
        try {
            return state == State.CLOSED;
        } finally {
            flow.lock.unlock();
        }
    }

    void logoutAnswered() {
        farewell.answered();
    }

    void close() {
        boolean dialing;
        flow.lock.lock();
        try {
            dialing = state == State.RECOVERING || state == State.LOST;
            state = State.CLOSED;
        } finally {
            flow.lock.unlock();
        }
        connection.link.wakeUp();
        if (Thread.currentThread() == thread) {
            return;
        }
        if (dialing) {
            thread.interrupt();
        }
        LockSupport.unpark(thread);
        Logout.await(thread);
    }
}
