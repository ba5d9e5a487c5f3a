// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.session;

import java.util.function.Consumer;
import org.platter.nbd.disk.Completion;
import org.platter.nbd.disk.ServedDisk;
import org.platter.nbd.protocol.Command;
import org.platter.nbd.protocol.Request;

/** A request without data either way; if the client wants that, what it changed is durable before the reply. */
final class PlainOperation extends Operation {
    private final Consumer<Completion> work;

    PlainOperation(Transmission session, Request request, Consumer<Completion> work) {
        super(session, request);
        this.work = work;
    }

    /** Makes a range read as zeroes, in the way the client wants. */
    static PlainOperation zeroes(Transmission session, Request request) {
        return new PlainOperation(session, request, then -> zero(session.offer().disk(), request, then));
    }

    private static void zero(ServedDisk disk, Request request, Completion then) {
        if (request.has(Command.FAST_ZERO)) {
            if (request.has(Command.NO_HOLE)) {
                then.completed(new UnsupportedOperationException("storage is taken by storing"));
            } else {
                disk.zeroFast(request.offset(), request.length(), then);
            }
        } else if (request.has(Command.NO_HOLE)) {
            disk.fill(request.offset(), request.length(), then);
        } else {
            disk.zero(request.offset(), request.length(), then);
        }
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
