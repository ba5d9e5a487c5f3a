// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.live;

import org.platter.disk.Job;

/** {@code resume}: lets a job go on. */
public final class ResumeCommand extends JobCommand {
    /** Declares the options. */
    public ResumeCommand() {
        super("resume", "Let a job go on");
    }

    @Override
    void ask(Job<?> job) {
        job.resume();
    }
}
