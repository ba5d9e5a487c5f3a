// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.command;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.List;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** Whether a command was asked to stop. Threads are never interrupted: that would close the files under them. */
public final class Cancellation {
    private final List<Runnable> actions = new ArrayList<>(); // guarded by this
    private boolean requested; // guarded by this

    /** Asks the command to stop. */
    public void request() {
        List<Runnable> now;
        synchronized (this) {
            requested = true;
            now = List.copyOf(actions);
        }
        now.forEach(Runnable::run);
    }

    /** True if the command should stop. */
    public synchronized boolean requested() {
        return requested;
    }

    /** Fails with {@code CANCELLED} if the command should stop; to be called between steps. */
    public void check() throws DiskException {
        if (requested()) {
            throw new DiskException(ErrorCode.CANCELLED, "cancelled");
        }
    }

    /** Runs the action on request, at once if that has already been made, until the answer is closed. */
    public Registration onRequest(Runnable action) {
        boolean late;
        synchronized (this) {
            actions.add(action);
            late = requested;
        }
        if (late) {
            action.run();
        }
        return () -> {
            synchronized (this) {
                actions.remove(action);
            }
        };
    }

    /** Ends when closed. */
    public interface Registration extends Closeable {
        @Override
        void close();
    }
}
