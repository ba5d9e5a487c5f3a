// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.session;

import org.platter.nbd.protocol.Errno;
import org.platter.nbd.protocol.Request;

/** A request that is not carried out. */
final class Refusal extends Operation {
    private final Errno reason;

    Refusal(Transmission session, Request request, Errno reason) {
        super(session, request);
        this.reason = reason;
    }

    @Override
    void start() {
        refuse(reason);
    }
}
