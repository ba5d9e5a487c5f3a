// SPDX-License-Identifier: Apache-2.0
package org.platter.space;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;

/** How a disk is read: {@code disk::read} and {@code storage::read} are ones. Used by one thread at a time. */
@ConsumerType
@FunctionalInterface
public interface DiskReader {
    /** Fills the rest of {@code dst} with the bytes at {@code offset}; the range is inside the disk. */
    void read(ByteBuffer dst, long offset) throws IOException;
}
