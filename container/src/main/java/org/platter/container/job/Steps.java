// SPDX-License-Identifier: Apache-2.0
package org.platter.container.job;

import org.platter.error.DiskException;

/** What the work of a job is given to report and to be told. Safe for use by many threads. */
public interface Steps {
    /** Says how many bytes there are to deal with. */
    void total(long bytes);

    /** Says that so many more bytes are dealt with; waits if the job has a rate limit or is paused. */
    void advance(long bytes) throws DiskException;

    /** Waits while the job is paused; throws {@code CANCELLED} if it is to end. */
    void check() throws DiskException;

    /** True if {@link #check} would wait. */
    boolean waits();

    /** From here on the job can no longer be cancelled. */
    void commit() throws DiskException;
}
