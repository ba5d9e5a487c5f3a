// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.session;

import java.util.function.Consumer;
import org.platter.nbd.disk.Completion;
import org.platter.nbd.protocol.Command;
import org.platter.nbd.protocol.Request;

/** A request without data either way; if the client wants that, what it changed is durable before the reply. */
final class PlainOperation extends Operation {
    private final Consumer<Completion> work;

    PlainOperation(Transmission session, Request request, Consumer<Completion> work) {
        super(session, request);
        this.work = work;
    }

    @Override
    void start() {
        work.accept(failure -> {
            if (failure == null && request.has(Command.FUA)) {
                session.offer().disk().flush(this::end);
            } else {
                end(failure);
            }
        });
    }
}
