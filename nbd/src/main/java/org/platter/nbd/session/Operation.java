// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.session;

import java.nio.ByteBuffer;
import org.platter.nbd.net.Reply;
import org.platter.nbd.protocol.Errno;
import org.platter.nbd.protocol.Request;

/**
 * A request under way, and then its reply. By itself the reply has no data. It counts as under way until its reply is
 * sent, so that a client that reads no replies cannot ask for more and more.
 */
abstract class Operation extends Reply {
    final Transmission session;
    final Request request;
    private final long began = System.nanoTime();
    private Errno error = Errno.NONE;

    Operation(Transmission session, Request request) {
        this.session = session;
        this.request = request;
    }

    /** Begins the work, on the loop's thread; {@link #end} follows on any. */
    abstract void start();

    /** Answers: well if {@code failure} is null. */
    void end(Throwable failure) {
        if (failure != null) {
            error = Errno.of(failure);
        }
        reply();
    }

    /** Answers with an error. */
    final void refuse(Errno reason) {
        error = reason;
        reply();
    }

    private void reply() {
        count();
        session.connection().send(this);
    }

    /** Counts the request, which is answered now. */
    final void count() {
        session.count(request, error != Errno.NONE, System.nanoTime() - began);
    }

    final boolean failed() {
        return error != Errno.NONE;
    }

    @Override
    protected boolean small() {
        return true;
    }

    @Override
    protected void put(ByteBuffer target) {
        session.style().putResult(target, request, error);
    }

    @Override
    protected void written() {
        session.leave();
    }

    @Override
    protected void dropped() {
        written();
    }
}
