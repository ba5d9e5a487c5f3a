// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.live;

import java.io.IOException;
import org.platter.disk.Job;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.command.JobReport;
import org.platter.shell.option.Argument;
import org.platter.shell.option.UsageException;
import org.platter.shell.print.Result;

/** What is asked of one job. */
abstract class JobCommand extends Command {
    private final Argument<Long> id = syntax.argument("ID", JobCommand::number, "the job's number");

    JobCommand(String name, String summary) {
        super(name, summary, name + " 3");
        printsJson();
    }

    /** Asks it. */
    abstract void ask(Job<?> job);

    @Override
    public final Result run(Invocation invocation) throws IOException {
        Job<?> job = invocation.manager().jobs().stream()
                .filter(one -> one.id() == id.get())
                .findFirst()
                .orElseThrow(() -> new DiskException(ErrorCode.NOT_FOUND, "there is no job " + id.get()));
        if (job.state() != Job.State.RUNNING && job.state() != Job.State.PAUSED) {
            throw new DiskException(ErrorCode.BAD_STATE, "job " + id.get() + " has ended");
        }
        ask(job);
        return JobReport.of(job);
    }

    private static long number(String word) {
        try {
            return Long.parseLong(word);
        } catch (NumberFormatException e) {
            throw new UsageException("'" + word + "' is no number");
        }
    }
}
