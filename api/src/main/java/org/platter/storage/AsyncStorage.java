// SPDX-License-Identifier: Apache-2.0
package org.platter.storage;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A storage that is asynchronous by nature, such as an iSCSI session: the container then holds no thread for a request.
 * Futures complete exactly once, on any thread, never on the caller's stack before the method has returned; they fail
 * with an {@link java.io.IOException}. The buffer belongs to the storage until then.
 */
@ConsumerType
public interface AsyncStorage extends Storage {
    /** {@link Storage#read} without waiting. */
    CompletableFuture<Void> readAsync(ByteBuffer dst, long position);

    /** {@link Storage#write} without waiting. */
    CompletableFuture<Void> writeAsync(ByteBuffer src, long position);

    /** {@link Storage#flush} without waiting; covers the writes that had completed before the call. */
    CompletableFuture<Void> flushAsync();
}
