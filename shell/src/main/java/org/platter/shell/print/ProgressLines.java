// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.print;

import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.platter.disk.Job;

/** A JSON object a line, whenever something has changed; the last one tells how far the job came. */
final class ProgressLines implements Progress {
    private record Line(long job, long done, long total, long rate, Optional<Long> remaining, int percent) {}

    private final PrintStream err;
    private Job.Progress last;

    ProgressLines(PrintStream err) {
        this.err = err;
    }

    @Override
    public void show(Job<?> job) {
        Job.Progress now = job.progress();
        if (!now.equals(last)) {
            last = now;
            err.println(line(job.id(), now, job.state()));
            err.flush();
        }
    }

    @Override
    public void end(Job<?> job) {
        show(job);
    }

    static String line(long id, Job.Progress now, Job.State state) {
        Optional<Long> remaining = Optional.of(now.remaining()).filter(seconds -> seconds >= 0);
        StringWriter line = new StringWriter();
        try {
            new Json(line)
                    .compact(
                            new Line(id, now.done(), now.total(), now.rate(), remaining, Progress.percent(now, state)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return line.toString();
    }
}
