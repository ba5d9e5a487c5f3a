// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.session;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import org.platter.backend.iscsi.wire.Link;
import org.platter.backend.iscsi.wire.Piece;
import org.platter.backend.iscsi.wire.Sender;

/**
 * What waits to be sent on one connection. Any thread adds and then pumps; one of them sends for all, and none waits for
 * the network: when the socket is full, the lead goes on as soon as it has room.
 */
final class Outbound {
    private final CommandWindow flow;
    private final Link link;
    private final ReentrantLock sending = new ReentrantLock();
    private Piece current; // guarded by sending

    // guarded by the flow's lock
    private final ArrayDeque<Piece> queue = new ArrayDeque<>();
    private final ArrayDeque<Piece> urgent = new ArrayDeque<>();

    private volatile boolean dirty;
    private volatile boolean hurry;
    private volatile boolean full;
    private volatile boolean stopped;

    Outbound(CommandWindow flow, Link link) {
        this.flow = flow;
        this.link = link;
    }

    /** Adds in order. The flow's lock is held. */
    void add(Piece piece) {
        queue.add(piece);
        dirty = true;
    }

    /** Adds ahead of all that is queued. The flow's lock is held. */
    void addUrgent(Piece piece) {
        urgent.add(piece);
        hurry = true;
        dirty = true;
    }

    /** How many urgent ones wait. The flow's lock is held. */
    int urgentWaiting() {
        return urgent.size();
    }

    /** Sends what is queued, unless somebody else does or the socket is full. */
    void pump() throws IOException {
        while (dirty && !full && !stopped) {
            if (!sending.tryLock()) {
                return;
            }
            try {
                push();
            } finally {
                sending.unlock();
            }
        }
    }

    /** The socket has room again. */
    void resume() throws IOException {
        sending.lock();
        try {
            link.wantWrite(false);
            full = false;
            push();
        } finally {
            sending.unlock();
        }
        pump();
    }

    /** Sends nothing any more; on return nobody is sending. */
    void stop() {
        stopped = true;
        sending.lock();
        sending.unlock();
    }

    private void push() throws IOException {
        Sender sender = link.sender();
        while (!full && !stopped) {
            fill(sender);
            if (sender.idle()) {
                return;
            }
            if (!sender.write(link.channel())) {
                full = true;
                link.wantWrite(true);
                link.wakeUp();
            }
        }
    }

    private void fill(Sender sender) {
        int expStatSn = flow.expStatSn();
        while (sender.roomy()) {
            boolean first = hurry;
            Piece piece = first || current == null ? take() : current;
            if (piece == null) {
                return;
            }
            boolean over = piece.compose(sender, expStatSn);
            if (piece == current || current == null) {
                current = over ? null : piece;
            }
        }
    }

    /** The next piece: an urgent one, the one begun, or the next in order. */
    private Piece take() {
        flow.lock.lock();
        try {
            Piece piece = urgent.poll();
            hurry = !urgent.isEmpty();
            if (piece != null) {
                return piece;
            }
            if (current != null) {
                return current;
            }
            piece = queue.poll();
            dirty = piece != null;
            return piece;
        } finally {
            flow.lock.unlock();
        }
    }
}
