// SPDX-License-Identifier: Apache-2.0
package org.platter.disk;

import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;
import org.platter.error.DiskException;

/**
 * A long operation that runs by itself once it is returned. Implemented by the platform; safe for use by many threads.
 * However it ends, no image is lost: a job that fails or is cancelled leaves valid images and removes what it made.
 *
 * @param <T> what it results in
 */
@ProviderType
public interface Job<T> {
    /** A number, unique in this platform since its start. */
    long id();

    /** What it does, for people: {@code "convert usr.img to usr.vdi"}. */
    String name();

    /** How far it is. */
    Progress progress();

    /** What it is doing. */
    State state();

    /** Asks it to stop; it does within one step of at most 16 MiB, and then fails with {@code CANCELLED}. */
    void cancel();

    /** Asks it to wait after the present step. */
    void pause();

    /** Lets it go on. */
    void resume();

    /** Limits it to so many bytes a second from now on; 0 is no limit. */
    void rate(long bytesPerSecond);

    /** Waits for the result. An interrupt cancels the job and is kept. */
    T join() throws DiskException;

    /** Completes with the result or a {@link DiskException}. */
    CompletionStage<T> done();

    /** What a job is doing. */
    enum State {
        /** Working. */
        RUNNING,
        /** Waiting for {@link Job#resume()}. */
        PAUSED,
        /** Ended with a result. */
        DONE,
        /** Ended with an exception. */
        FAILED,
        /** Ended by {@link Job#cancel()}. */
        CANCELLED
    }

    /**
     * How far a job is.
     *
     * @param done bytes dealt with, from 0 to {@code total}
     * @param total bytes in all
     * @param rate bytes a second lately
     * @param remaining seconds left at that rate, or -1 if unknown
     */
    record Progress(long done, long total, long rate, long remaining) {
        /** From 0 to 100; 100 only when nothing is left. */
        public int percent() {
            return total == 0 ? 100 : (int) (100.0 * done / total);
        }
    }
}
