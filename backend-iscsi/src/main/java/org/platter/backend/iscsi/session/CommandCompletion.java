// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.session;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.platter.backend.iscsi.scsi.Cdb;
import org.platter.backend.iscsi.scsi.Sense;
import org.platter.backend.iscsi.scsi.Status;
import org.platter.error.ErrorCode;

/**
 * What becomes of a command when it is answered, and of a request when its last command is over. Methods are called with
 * the flow's lock held unless they say otherwise.
 */
final class CommandCompletion {
    private static final int SENSE_BYTES = 18;
    private static final int OUT_OF_RESOURCES = 0x0A;
    private static final int MOST_REJECTS = 5;
    private static final long REJECT_PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

    private final CommandWindow flow;
    private final SessionOptions options;

    private Failure unreported;
    private boolean emptying;
    private boolean powerOnSeen;
    private boolean verifyWanted;
    private boolean proven;
    private volatile long lastWaited = System.nanoTime();

    CommandCompletion(CommandWindow flow, SessionOptions options) {
        this.flow = flow;
        this.options = options;
    }

    /** A task of a caller begins its life. */
    void enter(Task task) {
        if (task.kind == Task.Kind.WRITE && !task.internal && flow.log.enabled()) {
            task.copy = flow.log.reserve(task.length);
            task.copying = task.copy != null;
        }
        long limit = task.internal ? options.timeoutNanos() : options.taskNanos(task.timeoutNanos);
        flow.enter(task, System.nanoTime(), limit);
    }

    /** Takes the copy of a write while the target has it; without the lock. */
    void copy(Task task) {
        if (task.copy == null || !task.copying) {
            return;
        }
        ByteBuffer copy = task.copy.bytes();
        copy.put(0, task.data, task.base, task.length);
        flow.lock.lock();
        try {
            task.copying = false;
            if (task.answered && task.epoch == flow.epoch()) {
                written(task);
            } else if (task.answered) {
                task.answered = false;
                flow.retry(task, 0);
                flow.dispatch();
            }
        } finally {
            flow.lock.unlock();
        }
    }

    /** The target answered a task that is in flight. */
    void conclude(Task task) {
        flow.land(task, false);
        Sense sense = task.sense;
        if (sense.key() == Sense.UNIT_ATTENTION && sense.asc() == 0x29 && (sense.code() & 0xFF) <= 3) {
            powerOnSeen = true;
        }
        if (sense.deferred()) {
            unreported = new Failure(ErrorCode.IO, "an earlier write failed: " + sense.text());
        }
        if (task.status == Status.TASK_SET_FULL) {
            flow.narrow();
        }
        if (task.kind == Task.Kind.FLUSH && sense.unknownCommand() && task.status == Status.CHECK_CONDITION) {
            flow.log.enable(false);
            task.status = Status.GOOD;
        }
        carryOut(task, Disposition.of(task));
    }

    /** The target could not carry out a task that is in flight. */
    void targetFailed(Task task, int response) {
        flow.land(task, false);
        carryOut(task, Disposition.ofTargetFailure(task, response));
    }

    /** The target threw away a PDU of a task that is in flight. */
    void rejected(Task task, int reason) {
        flow.land(task, true);
        Failure failure = new Failure(
                ErrorCode.IO, String.format("%s was rejected by the target, reason %02x", task.cdb, reason));
        if (reason == OUT_OF_RESOURCES && task.retries++ < MOST_REJECTS) {
            again(task, REJECT_PAUSE, failure);
        } else {
            fail(task, failure);
        }
    }

    /** The unit told of a change by itself. */
    void unitEvent(Sense sense) {
        if (Disposition.anotherUnit(sense)) {
            flow.openToAll(false);
            verifyWanted = true;
        }
    }

    private void carryOut(Task task, Disposition verdict) {
        switch (verdict.kind()) {
            case DONE:
                done(task);
                break;
            case AGAIN_WHEN_VERIFIED:
                flow.openToAll(false);
                verifyWanted = true;
                again(task, 0, null);
                break;
            case AGAIN:
                again(task, verdict.delayNanos(), null);
                break;
            case ASK_SENSE:
                askSense(task);
                break;
            default:
                fail(task, verdict.failure());
        }
    }

    private void done(Task task) {
        proven |= !task.internal;
        if (task.kind == Task.Kind.WRITE && task.copying) {
            task.answered = true;
            task.epoch = flow.epoch();
        } else if (task.kind == Task.Kind.WRITE) {
            written(task);
        } else if (task.kind == Task.Kind.FLUSH) {
            flow.log.flushed(task.mark);
            Failure why = task.internal ? null : unreported;
            unreported = task.internal ? unreported : null;
            flow.finish(task, why);
        } else {
            flow.finish(task, null);
        }
    }

    private void written(Task task) {
        if (flow.log.enabled() && !task.internal) {
            flow.log.acknowledged(task.cdb, task.lun, task.copy);
            if (flow.log.halfFull() && !emptying) {
                emptyLog(task.lun);
            }
        }
        flow.finish(task, null);
    }

    /** Flushes on our own account, so that the log finds room again. */
    private void emptyLog(long lun) {
        emptying = true;
        Request request = Request.followed(failure -> emptying(false));
        enter(new Task.Builder(request, lun, Task.Kind.FLUSH, Cdb.SYNCHRONIZE_CACHE)
                .timeout(options.commandNanos())
                .internal()
                .build());
        flow.partEnded(request, null);
    }

    private void emptying(boolean now) {
        flow.lock.lock();
        try {
            emptying = now;
        } finally {
            flow.lock.unlock();
        }
    }

    /** Tries a landed task again unless its time is over. */
    void again(Task task, long delayNanos, Failure ifLate) {
        if (System.nanoTime() + delayNanos - task.giveUpAt >= 0) {
            String last = task.status < 0 ? "" : ", at last: " + task.reply().text();
            fail(task, ifLate != null ? ifLate : new Failure(ErrorCode.TIMEOUT, task.cdb + " found no end" + last));
        } else {
            flow.retry(task, delayNanos);
        }
    }

    private void fail(Task task, Failure why) {
        flow.log.release(task.copy);
        task.copy = null;
        flow.finish(task, why);
    }

    /** Fails a task that is nowhere any more. */
    void failLanded(Task task, Failure why) {
        fail(task, why);
    }

    /** Fails those that wait and whose time is over. */
    void failLate(long now, Failure why) {
        for (Task task : flow.takeLate(now)) {
            fail(task, new Failure(ErrorCode.TIMEOUT, task.cdb + " found no end, at last: " + why.message()));
        }
    }

    /** Fails everything: nothing will be sent or received any more. */
    void abandon(Failure why) {
        flow.reclaim().forEach(task -> fail(task, why));
        failWaiting(why);
    }

    /** Fails all that wait, and the flushes that waited for them. */
    void failWaiting(Failure why) {
        java.util.List<Task> all;
        while (!(all = flow.drainWaiting()).isEmpty()) {
            all.forEach(task -> fail(task, why));
        }
    }

    private void askSense(Task task) {
        task.senseAsked = true;
        ByteBuffer bytes = ByteBuffer.allocate(SENSE_BYTES);
        Task[] question = new Task[1];
        Request request = Request.followed(failure -> senseTold(task, question[0]));
        question[0] = new Task.Builder(request, task.lun, Task.Kind.TAKE_PARAMETERS, Cdb.requestSense(SENSE_BYTES))
                .timeout(options.timeoutNanos())
                .data(bytes)
                .internal()
                .build();
        enter(question[0]);
        flow.partEnded(request, null);
    }

    private void senseTold(Task task, Task question) {
        flow.lock.lock();
        try {
            task.sense = question.good() ? Sense.decode(question.reply().data()) : Sense.NONE;
            if (task.sense.key() == Sense.NO_SENSE) {
                task.sense = Sense.NONE;
            }
            carryOut(task, Disposition.of(task));
            flow.dispatch();
        } finally {
            flow.lock.unlock();
        }
    }

    /** Ends requests that nobody has a future of; without the lock. */
    void settle() {
        Request request;
        while ((request = next(false)) != null) {
            if (request.isStep()) {
                request.fire();
            } else {
                lastWaited = System.nanoTime();
                request.markDone();
                LockSupport.unpark(request.waiter());
            }
        }
    }

    /** Completes futures; on the session's thread, without the lock. */
    void fire() {
        Request request;
        while ((request = next(true)) != null) {
            request.fire();
        }
    }

    private Request next(boolean promised) {
        flow.lock.lock();
        try {
            return promised ? flow.nextPromised() : flow.nextSettled();
        } finally {
            flow.lock.unlock();
        }
    }

    /** When a request last ended that somebody waited for; without the lock. */
    long lastWaited() {
        return lastWaited;
    }

    /** What the next flush has to report. */
    void reportOnFlush(Failure failure) {
        unreported = failure;
    }

    boolean verifyWanted() {
        return verifyWanted;
    }

    void wantVerify(boolean wanted) {
        verifyWanted = wanted;
    }

    /** True if a command of a caller has succeeded since the last call. */
    boolean takeProven() {
        boolean was = proven;
        proven = false;
        return was;
    }

    /** True if the target has said since the last call that it was switched on or reset. */
    boolean takePowerOnSeen() {
        boolean was = powerOnSeen;
        powerOnSeen = false;
        return was;
    }
}
