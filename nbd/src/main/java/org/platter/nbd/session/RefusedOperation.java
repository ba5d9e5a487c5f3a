// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.session;

import org.platter.nbd.protocol.Errno;
import org.platter.nbd.protocol.Request;

/**
 * A request that is not carried out. Its data, if it has some, is read over before it is answered: clients send all of a
 * request before they look for replies, and take one that comes in between for a broken connection.
 */
final class RefusedOperation extends Operation {
    private final long payload;
    private final Errno reason;

    RefusedOperation(Transmission session, Request request, long payload, Errno reason) {
        super(session, request);
        this.payload = payload;
        this.reason = reason;
    }

    @Override
    void start() {
        if (payload == 0) {
            answer();
        } else {
            session.readOver(this, payload);
        }
    }

    /** No more data is to come, or none will any more. */
    void answer() {
        refuse(reason);
    }
}
