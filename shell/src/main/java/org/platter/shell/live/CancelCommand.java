// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.live;

import org.platter.disk.Job;

/** {@code cancel}: stops a job. */
public final class CancelCommand extends JobCommand {
    /** Declares the options. */
    public CancelCommand() {
        super("cancel", "Stop a job; what it made is removed");
    }

    @Override
    void ask(Job<?> job) {
        job.cancel();
    }
}
