// SPDX-License-Identifier: Apache-2.0
package org.platter.space;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/** What was found on a disk. For one thread at a time; holds nothing but memory. */
@ConsumerType
public interface DiskSpace {
    /** Partitions and logical volumes, or the one file system of the whole disk, by their place; at most thousands. */
    List<Volume> volumes();

    /** All unused ranges from the beginning; each call starts anew. */
    SpaceCursor unused();
}
