// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.sparse;

import org.platter.backend.vmdk.table.Space;
import org.platter.error.DiskException;
import org.platter.format.Progress;

/**
 * What goes on beside a scan. A scan lets others in where it tells its progress, and then its picture is older than the
 * file: a grain that has moved is known at the old place, another one may be there by then, the new place is unknown. All
 * of these are places that were handed out or let go since the scan began, and nothing is said about those.
 * An extent that is open for writing had no fault there when it was opened. For one thread at a time.
 */
final class Meanwhile implements AutoCloseable {
    private static final long STEP = 1L << 18;

    private final Space space; // or null if nothing can change
    private final Progress progress;
    private long looked;

    private Meanwhile(Space space, Progress progress) {
        this.space = space;
        this.progress = progress;
    }

    /** Others may come in, and what they touch is noted until this is closed. */
    static Meanwhile watching(Space space, Progress progress) {
        if (space != null) {
            space.watch();
        }
        return new Meanwhile(space, progress);
    }

    /** Nobody else uses the extent. */
    static Meanwhile alone(Progress progress) {
        return new Meanwhile(null, progress);
    }

    /** So many bytes were looked at, and nothing is half done: others may come in. */
    void advance(long bytes) throws DiskException {
        looked += bytes;
        if (looked >= STEP) {
            progress.advance(looked);
            looked = 0;
        }
    }

    /** True if a part of the range was handed out or let go since the scan began. */
    boolean touched(long from, long to) {
        return space != null && space.touched(from, to);
    }

    @Override
    public void close() {
        if (space != null) {
            space.unwatch();
        }
    }
}
