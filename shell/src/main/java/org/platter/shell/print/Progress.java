// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.print;

import java.io.PrintStream;
import org.platter.disk.Job;

/** Shows on standard error how far a job is. Used by the thread that waits for the job. */
public interface Progress {
    /** Milliseconds between two looks at the job. */
    long INTERVAL = 100;

    /** Shows the job as it is now. */
    void show(Job<?> job);

    /** Shows that nothing more will come. */
    void end(Job<?> job);

    /** What the user asked for, else a bar on a terminal that is {@code columns} wide, else nothing for 0. */
    static Progress of(Style style, PrintStream err, int columns) {
        return switch (style) {
            case AUTO -> columns > 0 ? new ProgressBar(err, columns) : new Silence();
            case BAR -> new ProgressBar(err, columns > 0 ? columns : 80);
            case JSON -> new ProgressLines(err);
            case NONE -> new Silence();
        };
    }

    /** From 0 to 100; 0 for a job that does not know yet how much there is to do. */
    static int percent(Job.Progress progress, Job.State state) {
        boolean ended = state != Job.State.RUNNING && state != Job.State.PAUSED;
        return progress.total() == 0 && !ended ? 0 : progress.percent();
    }

    /** How progress is shown. */
    enum Style {
        /** A bar on a terminal, else nothing. */
        AUTO,
        /** A bar. */
        BAR,
        /** A JSON object a line. */
        JSON,
        /** Nothing. */
        NONE
    }

    /** Shows nothing. */
    final class Silence implements Progress {
        @Override
        public void show(Job<?> job) {}

        @Override
        public void end(Job<?> job) {}
    }
}
