// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.session;

import java.util.concurrent.TimeUnit;
import org.platter.backend.iscsi.scsi.Sense;
import org.platter.backend.iscsi.scsi.Status;
import org.platter.error.ErrorCode;

/**
 * What to do with a command that was answered. Source: docs/formats/iscsi.md, section 11.
 *
 * @param kind what to do
 * @param delayNanos before it is tried again
 * @param failure why it failed, where it did
 */
record Disposition(Kind kind, long delayNanos, Failure failure) {
    enum Kind {
        /** Done. */
        DONE,
        /** To be tried again. */
        AGAIN,
        /** To be tried again once it is sure that this is still the same unit. */
        AGAIN_WHEN_VERIFIED,
        /** Nothing can be said before the unit has told its sense. */
        ASK_SENSE,
        /** Failed for good. */
        FAILED
    }

    static final Disposition DONE = new Disposition(Kind.DONE, 0, null);
    private static final Disposition AGAIN = new Disposition(Kind.AGAIN, 0, null);
    private static final Disposition ASK = new Disposition(Kind.ASK_SENSE, 0, null);
    private static final Disposition VERIFY = new Disposition(Kind.AGAIN_WHEN_VERIFIED, 0, null);

    private static final int MOST_ATTENTIONS = 10;
    private static final int MOST_ABORTIONS = 5;
    private static final long BUSY_LEAST = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long BUSY_MOST = TimeUnit.SECONDS.toNanos(1);
    private static final long READYING = TimeUnit.MILLISECONDS.toNanos(500);

    static Disposition of(Task task) {
        switch (task.status) {
            case Status.GOOD:
            case Status.CONDITION_MET:
                return judgeLength(task);
            case Status.CHECK_CONDITION:
                return judgeSense(task, task.sense);
            case Status.BUSY:
            case Status.TASK_SET_FULL:
                return later(Math.min(BUSY_MOST, BUSY_LEAST << Math.min(7, task.retries++)));
            case Status.TASK_ABORTED:
                return again(task, MOST_ABORTIONS, ErrorCode.IO);
            default:
                return failed(ErrorCode.IO, task, Status.text(task.status));
        }
    }

    /** The target failed to carry the command out at all. */
    static Disposition ofTargetFailure(Task task, int response) {
        return task.retries++ < MOST_ABORTIONS
                ? later(BUSY_LEAST)
                : failed(ErrorCode.IO, task, String.format("iSCSI response %02x", response));
    }

    private static Disposition judgeLength(Task task) {
        if (task.kind == Task.Kind.READ && task.received != task.length) {
            return failed(ErrorCode.IO, task, "good, but with " + task.received + " of " + task.length + " bytes");
        }
        if (task.kind == Task.Kind.WRITE && task.sent() != task.length) {
            return failed(ErrorCode.IO, task, "good, but after " + task.sent() + " of " + task.length + " bytes");
        }
        if (task.exact() && task.residual != 0) {
            return failed(ErrorCode.IO, task, "good, but with a residual count");
        }
        return DONE;
    }

    private static Disposition judgeSense(Task task, Sense sense) {
        if (sense.deferred()) {
            return again(task, MOST_ATTENTIONS, ErrorCode.IO);
        }
        switch (sense.key()) {
            case Sense.NO_SENSE:
            case Sense.RECOVERED:
                return judgeLength(task);
            case Sense.UNIT_ATTENTION:
                return attention(task, sense);
            case Sense.NOT_READY:
                return becomingReady(sense.code()) ? later(READYING) : failed(ErrorCode.IO, task, sense.text());
            case Sense.MEDIUM_ERROR:
                return again(task, task.kind == Task.Kind.WRITE ? 0 : 1, ErrorCode.IO);
            case Sense.HARDWARE_ERROR:
                return again(task, 1, ErrorCode.IO);
            case Sense.ABORTED_COMMAND:
                return again(task, MOST_ABORTIONS, ErrorCode.IO);
            case Sense.DATA_PROTECT:
                return failed(sense.code() == 0x2707 ? ErrorCode.DISK_FULL : ErrorCode.READ_ONLY, task, sense.text());
            case Sense.ILLEGAL_REQUEST:
                return failed(illegal(sense), task, sense.text());
            case Sense.NONE_KEY:
                return task.internal || task.senseAsked ? failed(ErrorCode.IO, task, sense.text()) : ASK;
            default:
                return failed(ErrorCode.IO, task, sense.text());
        }
    }

    private static ErrorCode illegal(Sense sense) {
        return sense.unknownCommand()
                ? ErrorCode.NOT_SUPPORTED
                : sense.asc() == 0x25 ? ErrorCode.NOT_FOUND : ErrorCode.IO;
    }

    private static boolean becomingReady(int code) {
        return code == 0x0401 || code == 0x0404 || code == 0x0407 || code == 0x0409 || code == 0x040A || code == 0x0414;
    }

    private static Disposition attention(Task task, Sense sense) {
        if (task.attentions++ >= MOST_ATTENTIONS) {
            return failed(ErrorCode.IO, task, sense.text());
        }
        return anotherUnit(sense) && !task.internal ? VERIFY : AGAIN;
    }

    /** True if the unit may be another one, or of another size, than before. */
    static boolean anotherUnit(Sense sense) {
        return sense.key() == Sense.UNIT_ATTENTION
                && (sense.asc() == 0x28 || sense.code() == 0x3F03 || sense.code() == 0x2A09);
    }

    private static Disposition again(Task task, int most, ErrorCode code) {
        return task.retries++ < most ? AGAIN : failed(code, task, reason(task));
    }

    private static Disposition later(long nanos) {
        return new Disposition(Kind.AGAIN, nanos, null);
    }

    private static String reason(Task task) {
        return task.status == Status.CHECK_CONDITION ? task.sense.text() : Status.text(task.status);
    }

    private static Disposition failed(ErrorCode code, Task task, String why) {
        String what = task.exact() ? task.cdb + " at block " + task.cdb.block() : task.cdb.toString();
        return new Disposition(Kind.FAILED, 0, new Failure(code, what + " failed: " + why));
    }
}
