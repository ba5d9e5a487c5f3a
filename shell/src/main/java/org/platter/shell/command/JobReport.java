// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.command;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.platter.disk.Job;
import org.platter.shell.option.Sizes;
import org.platter.shell.print.Json;
import org.platter.shell.print.Progress;
import org.platter.shell.print.Result;
import org.platter.shell.print.Row;
import org.platter.shell.print.Text;

/** How a job is doing. */
public record JobReport(
        long id, String name, String state, long done, long total, long rate, Optional<Long> remaining, int percent)
        implements Result, Row {
    /** The headings of {@link #cells}. */
    public static final List<String> COLUMNS = List.of("ID", "STATE", "DONE", "RATE", "NAME");

    /** The job as it is now. */
    public static JobReport of(Job<?> job) {
        Job.Progress now = job.progress();
        return new JobReport(
                job.id(),
                job.name(),
                Json.word(job.state()),
                now.done(),
                now.total(),
                now.rate(),
                Optional.of(now.remaining()).filter(seconds -> seconds >= 0),
                Progress.percent(now, job.state()));
    }

    @Override
    public List<String> cells() {
        return List.of(Long.toString(id), state, percent + "%", Sizes.human(rate) + "/s", name);
    }

    @Override
    public void text(Text out) throws IOException {
        out.line("job " + id + " " + state + " " + percent + "%: " + name);
    }

    /** The job's number, as {@code pause} and {@code cancel} take it. */
    @Override
    public String toString() {
        return Long.toString(id);
    }
}
