// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.print;

import java.io.PrintStream;
import java.util.Locale;
import org.platter.disk.Job;
import org.platter.shell.option.Sizes;

/** One line on a terminal that is drawn anew: percent, a bar, bytes, rate, time left. Short jobs draw nothing. */
final class ProgressBar implements Progress {
    private static final int QUIET_LOOKS = 3;
    private static final int LEAST_BAR = 10;
    private static final int MOST_BAR = 40;

    private final PrintStream err;
    private final int columns;
    private int looks;
    private int drawn;

    ProgressBar(PrintStream err, int columns) {
        this.err = err;
        this.columns = columns;
    }

    @Override
    public void show(Job<?> job) {
        if (looks++ >= QUIET_LOOKS) {
            draw(line(job.progress(), job.state(), columns - 1));
        }
    }

    @Override
    public void end(Job<?> job) {
        if (drawn > 0) {
            draw("");
            err.print('\r');
            err.flush();
        }
    }

    private void draw(String line) {
        err.print('\r' + line + " ".repeat(Math.max(0, drawn - line.length())));
        err.flush();
        drawn = line.length();
    }

    static String line(Job.Progress progress, Job.State state, int width) {
        String front = String.format(Locale.ROOT, "%3d%% ", Progress.percent(progress, state));
        String behind = " " + Sizes.human(progress.done()) + " of " + Sizes.human(progress.total())
                + (state == Job.State.PAUSED ? "  paused" : pace(progress));
        int bar = Math.min(MOST_BAR, width - front.length() - behind.length() - 2);
        String line = bar < LEAST_BAR
                ? front.stripTrailing() + behind
                : front + bar(Progress.percent(progress, state), bar) + behind;
        return line.substring(0, Math.min(line.length(), Math.max(0, width)));
    }

    private static String bar(int percent, int width) {
        int full = width * percent / 100;
        return "[" + "=".repeat(full) + " ".repeat(width - full) + "]";
    }

    private static String pace(Job.Progress progress) {
        String rate = "  " + Sizes.human(progress.rate()) + "/s";
        return progress.remaining() < 0 ? rate : rate + "  " + time(progress.remaining()) + " left";
    }

    private static String time(long seconds) {
        if (seconds < 60) {
            return seconds + " s";
        }
        return seconds < 3600
                ? String.format(Locale.ROOT, "%d:%02d min", seconds / 60, seconds % 60)
                : String.format(Locale.ROOT, "%d:%02d h", seconds / 3600, seconds / 60 % 60);
    }
}
