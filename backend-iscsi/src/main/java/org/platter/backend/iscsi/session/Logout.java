// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.session;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.platter.backend.iscsi.wire.Bhs;
import org.platter.backend.iscsi.wire.Control;

/** The end of a session: nothing stays behind, and a target that does not answer holds up nobody. */
final class Logout {
    private static final long LONGEST = TimeUnit.SECONDS.toNanos(1);
    private static final long CLOSE_MILLIS = 2500;

    private final SessionOptions options;
    private final CommandWindow flow;
    private final CommandCompletion endings;
    private volatile boolean answered;

    Logout(SessionOptions options, CommandWindow flow, CommandCompletion endings) {
        this.options = options;
        this.flow = flow;
        this.endings = endings;
    }

    /** The target has answered the logout. */
    void answered() {
        answered = true;
    }

    /** The last that the session's thread does. */
    void say(Connection last, Failure reason) {
        boolean polite;
        Thread.interrupted();
        flow.lock.lock();
        try {
            polite = flow.count() == 0;
            endings.abandon(reason);
            if (polite) {
                last.outbound.addUrgent(new Control(Bhs.LOGOUT, 0, 0, flow.drawTag(), 0, flow.nextCmdSn(), 0));
            }
        } finally {
            flow.lock.unlock();
        }
        endings.settle();
        endings.fire();
        if (polite && last.link.channel().isOpen()) {
            logout(last);
        }
        last.close();
    }

    private void logout(Connection last) {
        long deadline = System.nanoTime() + Math.min(LONGEST, options.timeoutNanos());
        try {
            while (!answered && deadline - System.nanoTime() > 0) {
                last.serve(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
            }
        } catch (IOException e) {
            // the connection is closed next, whatever the target does
        }
    }

    /** Waits for the session's thread, but not for ever; an interrupt is kept for afterwards. */
    static void await(Thread thread) {
        boolean interrupted = false;
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_MILLIS);
        long left;
        while (thread.isAlive() && (left = deadline - System.nanoTime()) > 0) {
            try {
                thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
