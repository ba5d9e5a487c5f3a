// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.session;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.platter.backend.iscsi.login.Connector;
import org.platter.backend.iscsi.login.LoggedIn;
import org.platter.backend.iscsi.login.LoginRefused;
import org.platter.backend.iscsi.scsi.Cdb;
import org.platter.backend.iscsi.scsi.Commands;
import org.platter.backend.iscsi.scsi.Reply;
import org.platter.error.DiskException;

/**
 * A session with one target, for any number of threads. Until {@link #establish} a lost connection ends it; after that it
 * is made anew as often as needed, and callers see time pass instead of errors until the limits of the options are used
 * up. Then requests fail, and each new one makes one new attempt. Owns one thread, which ends with {@link #close}.
 */
public final class Session implements Closeable {
    /** Looks at a unit after a new login; throws what makes it unfit. */
    @FunctionalInterface
    public interface Verifier {
        /** Asks through {@code commands} only, on the session's thread; {@code anew} after a new login. */
        void verify(Commands commands, boolean anew) throws IOException;
    }

    private static final long SHORT = TimeUnit.MILLISECONDS.toNanos(200);

    private final SessionOptions options;
    private final CommandWindow flow;
    private final CommandCompletion endings;
    private final SessionLoop lead;

    private Session(Connector dialer, SessionOptions options, LoggedIn first) {
        this.options = options;
        flow = new CommandWindow(options.depth(), new WriteLog(options.logBytes()));
        endings = new CommandCompletion(flow, options);
        lead = new SessionLoop(dialer, options, flow, endings);
        lead.begin(first);
    }

    /** Connects and logs in; a target that is only busy is asked again until the timeout. */
    public static Session open(Connector dialer, SessionOptions options) throws IOException {
        long deadline = System.nanoTime() + options.timeoutNanos();
        while (true) {
            try {
                return new Session(dialer, options, dialer.dial(options.identity(), deadline));
            } catch (LoginRefused e) {
                if (!e.passingAtOpen() || deadline - System.nanoTime() < SHORT) {
                    throw Failure.of(e).exception();
                }
                LockSupport.parkNanos(SHORT);
            } catch (IOException e) {
                throw Failure.of(e).exception();
            }
        }
    }

    /** From now on a lost connection is made anew, if {@code verifier} finds the same unit there. */
    public void establish(Verifier verifier, boolean volatileCache) {
        lead.establish(verifier, volatileCache);
    }

    /** From now on sends one command at a time. */
    public void oneAtATime() {
        flow.lock.lock();
        try {
            flow.limit(1);
        } finally {
            flow.lock.unlock();
        }
    }

    /** Adds a part to a request that is not a task, before the request can be over. */
    public void hold(Request request) {
        flow.lock.lock();
        try {
            request.open++;
        } finally {
            flow.lock.unlock();
        }
    }

    /** Ends a part that was added by {@link #hold}; {@code why} is null if it went well. */
    public void release(Request request, Failure why) {
        flow.lock.lock();
        try {
            flow.partEnded(request, why);
        } finally {
            flow.lock.unlock();
        }
        endings.settle();
        if (!request.isWaited()) {
            lead.wakeIfIdle();
        }
    }

    /** Starts a request that is made of one task. */
    public void start(Request request, Task task) {
        start(request, List.of(task));
    }

    /** Starts a request that is made of these tasks; {@link #await} it if it is waited for. */
    public void start(Request request, List<Task> tasks) {
        flow.lock.lock();
        try {
            for (Task task : tasks) {
                endings.enter(task);
            }
            lead.started();
        } finally {
            flow.lock.unlock();
        }
        lead.pump();
        for (Task task : tasks) {
            endings.copy(task);
        }
        lead.pump();
        release(request, null);
    }

    /**
     * Waits for a request that was started as {@link Request#waited()}. An interrupt does not end the wait, for the
     * buffers are still in use; the thread is interrupted afterwards.
     */
    public void await(Request request) throws DiskException {
        lead.await(request);
        if (request.failure() != null) {
            throw request.failure().exception();
        }
    }

    /** Sends a command for parameters and waits; takes at most {@code length} bytes. */
    public Reply execute(long lun, Cdb cdb, int length) throws IOException {
        Request request = Request.waited();
        Task.Builder builder = new Task.Builder(request, lun, Task.Kind.TAKE_PARAMETERS, cdb)
                .timeout(Math.min(options.commandNanos(), options.timeoutNanos()));
        if (length > 0) {
            builder.data(ByteBuffer.allocate(length));
        }
        Task task = builder.build();
        start(request, task);
        lead.await(request);
        if (request.failure() != null && task.status < 0) {
            throw request.failure().exception();
        }
        return task.reply();
    }

    /** Ends all requests, logs out if the target still answers, and ends the thread. Takes a few seconds at most. */
    @Override
    public void close() {
        lead.close();
    }
}
