// SPDX-License-Identifier: Apache-2.0
package org.platter.space;

import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Says which ranges of a disk its file systems do not use. A service, found when it is needed: without one nothing is
 * known to be unused. Keeps no state; many threads may call it at once.
 *
 * <p>A range is unused only if a file system that is clean, undamaged and understood in all its features says so. All
 * else is left whole: what is between partitions, what is unknown or encrypted, what waits for a journal. Reading it as
 * anything, or as anything else the next time, is then nobody's loss. The disk must not be in use by a guest.
 */
@ConsumerType
public interface FreeSpace {
    /**
     * Looks at a disk. Reads all that says what is used, so it takes time in proportion to that, and memory that does not
     * depend on the disk. Whatever the disk holds is an answer, not an error.
     *
     * @param disk reads the disk; it is used for as long as the answer is, and must not change meanwhile
     * @param size bytes of the disk
     * @throws IOException what {@code disk} throws
     */
    DiskSpace look(DiskReader disk, long size) throws IOException;
}
