// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.live;

import org.platter.disk.Job;

/** {@code pause}: lets a job wait after its present step. */
public final class PauseCommand extends JobCommand {
    /** Declares the options. */
    public PauseCommand() {
        super("pause", "Let a job wait");
    }

    @Override
    void ask(Job<?> job) {
        job.pause();
    }
}
