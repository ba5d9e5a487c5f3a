// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.session;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.platter.backend.iscsi.login.LoggedIn;
import org.platter.backend.iscsi.login.Parameters;
import org.platter.backend.iscsi.wire.Bhs;
import org.platter.backend.iscsi.wire.Piece;

/**
 * Commands that wait, are in flight, or wait to be tried again; and the counters of the connection. All of it is guarded
 * by {@link #lock}, which the callers of every method hold unless the method says otherwise.
 */
final class CommandWindow {
    private static final int LATELY = 32;
    private static final int GOOD_TO_WIDEN = 16;

    /** Guards this class, what tasks and requests say it guards, and the queues of {@link Outbound}. */
    final ReentrantLock lock = new ReentrantLock();

    /** Unflushed writes. */
    final WriteLog log;

    private int limit;
    private final Task[] slots;
    private final ArrayDeque<Task> waiting = new ArrayDeque<>();
    private final ArrayDeque<Task> internal = new ArrayDeque<>();
    private final PriorityQueue<Task> delayed = new PriorityQueue<>(Comparator.comparingLong(t -> t.expiresAt));
    private final ArrayDeque<Request> settled = new ArrayDeque<>();
    private final ArrayDeque<Request> promised = new ArrayDeque<>();
    private final int[] lately = new int[LATELY];

    private Outbound outbound;
    private Parameters parameters;
    private boolean openToAll;
    private int depth;
    private int goods;
    private int inFlight;
    private int bigReads;
    private int unfinished;
    private int unfinishedWrites;
    private long nextOrder;
    private int nextTag = 0x100;
    private int latelyAt;
    private int cmdSn;
    private int expCmdSn;
    private int maxCmdSn;
    private long epoch;
    private volatile int expStatSn;

    CommandWindow(int depth, WriteLog log) {
        this.log = log;
        limit = depth;
        this.depth = depth;
        slots = new Task[Integer.highestOneBit(Math.max(8, 4 * depth - 1)) << 1];
        java.util.Arrays.fill(lately, Bhs.NO_TAG);
    }

    /** From now on commands go out on this connection: at first only internal ones. */
    void connect(LoggedIn session, Outbound out) {
        outbound = out;
        parameters = session.parameters();
        cmdSn = session.cmdSn();
        expStatSn = session.expStatSn();
        expCmdSn = session.expCmdSn();
        maxCmdSn = session.maxCmdSn();
        if (!windowValid(expCmdSn, maxCmdSn)) {
            maxCmdSn = cmdSn;
        }
        depth = limit;
        goods = 0;
        epoch++;
    }

    /** Never more commands in flight than this. */
    void limit(int most) {
        limit = most;
        depth = Math.min(depth, most);
    }

    /** Counts connections. */
    long epoch() {
        return epoch;
    }

    /** Lets all commands out, or only internal ones. */
    void openToAll(boolean open) {
        openToAll = open;
    }

    /** A task of a request enters. */
    void enter(Task task, long now, long giveUpNanos) {
        task.request.open++;
        task.request.tasks++;
        unfinished++;
        unfinishedWrites += task.kind == Task.Kind.WRITE ? 1 : 0;
        task.order = nextOrder++;
        task.giveUpAt = now + giveUpNanos;
        if (task.kind == Task.Kind.FLUSH && !task.internal && unfinishedWrites > 0) {
            gate(task);
        }
        if (task.gates == 0) {
            enqueue(task);
        }
    }

    /** Lets a flush wait for every write that is not over. */
    private void gate(Task flush) {
        List<Task> earlier = new ArrayList<>(waiting);
        earlier.addAll(delayed);
        for (Task slot : slots) {
            if (slot != null) {
                earlier.add(slot);
            }
        }
        for (Task task : earlier) {
            if (task.kind == Task.Kind.WRITE) {
                if (task.gated.isEmpty()) {
                    task.gated = new ArrayList<>(1);
                }
                task.gated.add(flush);
                flush.gates++;
            }
        }
    }

    private void enqueue(Task task) {
        (task.internal ? internal : waiting).add(task);
        dispatch();
    }

    /** Sends what the target's window and the depth allow. */
    void dispatch() {
        while (inFlight < depth && windowOpen()) {
            Task task = internal.poll();
            if (task == null && openToAll) {
                task = waiting.poll();
            }
            if (task == null) {
                return;
            }
            send(task);
        }
    }

    private void send(Task task) {
        int tag = drawTag();
        slots[tag & slots.length - 1] = task;
        inFlight++;
        bigReads += big(task) ? 1 : 0;
        task.mark = log.mark();
        Piece unsolicited = task.begin(parameters, tag, cmdSn++, System.nanoTime());
        outbound.add(task);
        if (unsolicited != null) {
            outbound.add(unsolicited);
        }
    }

    private static boolean big(Task task) {
        return task.kind == Task.Kind.READ && task.length >= 32 << 10;
    }

    /** A tag that no live command has, and none had lately. */
    int drawTag() {
        do {
            nextTag++;
        } while (nextTag == Bhs.NO_TAG || slots[nextTag & slots.length - 1] != null);
        return nextTag;
    }

    /** The command of that tag, or null. */
    Task find(int tag) {
        Task task = slots[tag & slots.length - 1];
        return task != null && task.itt == tag && task.composed() ? task : null;
    }

    /** True if a command of that tag was given up a short while ago: what still comes for it is dropped. */
    boolean lately(int tag) {
        for (int old : lately) {
            if (old == tag && tag != Bhs.NO_TAG) {
                return true;
            }
        }
        return false;
    }

    /** Takes a command out of flight, to end it or to try it again. */
    void land(Task task, boolean givenUp) {
        if (givenUp) {
            lately[latelyAt++ % LATELY] = task.itt;
        }
        slots[task.itt & slots.length - 1] = null;
        inFlight--;
        bigReads -= big(task) ? 1 : 0;
        task.end();
    }

    /** Ends a task that is nowhere any more; null means success. */
    void finish(Task task, Failure why) {
        unfinished--;
        task.request.tasks--;
        if (task.kind == Task.Kind.WRITE) {
            unfinishedWrites--;
            for (Task flush : task.gated) {
                if (--flush.gates == 0) {
                    enqueue(flush);
                }
            }
        }
        partEnded(task.request, why);
        if (why == null && depth < limit && ++goods > GOOD_TO_WIDEN * depth) {
            depth++;
            goods = 0;
        }
    }

    /** A part of a request is over. */
    void partEnded(Request request, Failure why) {
        if (request.partEnded(why)) {
            (request.isPromise() ? promised : settled).add(request);
        }
    }

    /** Tries a landed task again, now or after a while. */
    void retry(Task task, long delayNanos) {
        if (delayNanos > 0) {
            task.expiresAt = System.nanoTime() + delayNanos;
            delayed.add(task);
        } else {
            (task.internal ? internal : waiting).addFirst(task);
        }
    }

    /** Moves tasks whose delay is over back among those that wait. */
    void wakeDelayed(long now) {
        while (!delayed.isEmpty() && delayed.peek().expiresAt - now <= 0) {
            retry(delayed.poll(), 0);
        }
    }

    /** Until the next delayed task, at most {@code most}. */
    long untilDelayed(long now, long most) {
        return delayed.isEmpty() ? most : Math.max(0, Math.min(most, delayed.peek().expiresAt - now));
    }

    /** The unit has too many commands: keep to what it has now. */
    void narrow() {
        depth = Math.max(1, inFlight);
        goods = 0;
    }

    /** Takes every unfinished task of callers back to the start, in the order in which they came; gives internal ones. */
    List<Task> reclaim() {
        openToAll = false;
        List<Task> all = new ArrayList<>(waiting);
        all.addAll(internal);
        all.addAll(delayed);
        for (int i = 0; i < slots.length; i++) {
            if (slots[i] != null) {
                all.add(slots[i]);
                slots[i].end();
                slots[i] = null;
            }
        }
        waiting.clear();
        internal.clear();
        delayed.clear();
        inFlight = 0;
        bigReads = 0;
        all.sort(Comparator.comparingLong(t -> t.order));
        List<Task> ours = new ArrayList<>();
        all.forEach(task -> (task.internal ? ours : waiting).add(task));
        return ours;
    }

    /** Takes out all that wait to be sent. */
    List<Task> drainWaiting() {
        List<Task> all = new ArrayList<>(waiting);
        waiting.clear();
        return all;
    }

    /** Takes out those that wait and whose time is over. */
    List<Task> takeLate(long now) {
        List<Task> late = new ArrayList<>();
        for (Task task : waiting) {
            if (now - task.giveUpAt >= 0) {
                late.add(task);
            }
        }
        if (!late.isEmpty()) {
            waiting.removeAll(new HashSet<>(late));
        }
        return late;
    }

    /** Every command in flight, in no order. */
    List<Task> inFlight() {
        List<Task> all = new ArrayList<>(inFlight);
        for (Task task : slots) {
            if (task != null) {
                all.add(task);
            }
        }
        return all;
    }

    /** The target's view of our commands; only moves forward, and only if it makes sense. */
    void window(int exp, int max) {
        if (windowValid(exp, max)) {
            expCmdSn = Bhs.before(expCmdSn, exp) ? exp : expCmdSn;
            maxCmdSn = Bhs.before(maxCmdSn, max) ? max : maxCmdSn;
        }
    }

    private static boolean windowValid(int exp, int max) {
        return !Bhs.before(max, exp - 1);
    }

    boolean windowOpen() {
        return !Bhs.before(maxCmdSn, cmdSn);
    }

    /** True if commands wait and the target takes none, though it has none. */
    boolean stuck() {
        return inFlight == 0 && !(waiting.isEmpty() && internal.isEmpty()) && !windowOpen();
    }

    int nextCmdSn() {
        return cmdSn;
    }

    /** Safe without the lock. */
    int expStatSn() {
        return expStatSn;
    }

    void statSnSeen(int next) {
        expStatSn = next;
    }

    int count() {
        return inFlight;
    }

    /** True if something of a caller or of ours is not over. */
    boolean busy() {
        return unfinished > 0;
    }

    /** True if nothing is under way but tasks of that request. */
    boolean onlyOf(Request request) {
        return unfinished == request.tasks;
    }

    boolean expectsBigReads() {
        return bigReads > 0;
    }

    Outbound outbound() {
        return outbound;
    }

    Parameters parameters() {
        return parameters;
    }

    /** The next request that is over and has no future, or null. */
    Request nextSettled() {
        return settled.poll();
    }

    /** The next request whose future is to be completed, or null. */
    Request nextPromised() {
        return promised.poll();
    }

    boolean hasPromised() {
        return !promised.isEmpty();
    }
}
