// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.session;

import java.io.IOException;
import org.platter.backend.iscsi.login.LoggedIn;
import org.platter.backend.iscsi.wire.Link;

/** One connection of a session, from login to loss, and what belongs to it. */
final class Connection {
    final Link link;
    final Outbound outbound;
    final Inbound inbound;
    final Timeouts watch;

    Connection(LoggedIn session, CommandWindow flow, SessionLoop owner) {
        link = session.link();
        outbound = new Outbound(flow, link);
        watch = new Timeouts(flow, owner.endings(), this, owner.options());
        inbound = new Inbound(flow, this, owner);
        flow.lock.lock();
        try {
            flow.connect(session, outbound);
        } finally {
            flow.lock.unlock();
        }
    }

    /** One round of the lead: send, wait at most so long, receive, look at the clock. */
    void serve(long millis) throws IOException {
        outbound.pump();
        link.await(inbound.more() ? 0 : millis);
        if (link.writable()) {
            outbound.resume();
        }
        if (link.readable() || inbound.more()) {
            inbound.drain();
        }
        watch.tick(System.nanoTime());
        outbound.pump();
    }

    /** Ends it; on return nobody sends on it any more. The flow's lock is not held. */
    void close() {
        try {
            link.close();
        } catch (IOException e) {
            // there is nothing left to lose
        }
        outbound.stop();
    }
}
