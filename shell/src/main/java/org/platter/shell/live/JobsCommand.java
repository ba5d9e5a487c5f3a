// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.live;

import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.command.JobReport;
import org.platter.shell.print.Listing;
import org.platter.shell.print.Result;

/** {@code jobs}: long operations that run, and the last that have ended. */
public final class JobsCommand extends Command {
    /** Declares the options. */
    public JobsCommand() {
        super("jobs", "List the jobs that run and the last that have ended", "jobs");
        printsJson();
    }

    @Override
    public Result run(Invocation invocation) {
        return new Listing<>(
                JobReport.COLUMNS,
                invocation.manager().jobs().stream().map(JobReport::of).toList());
    }
}
