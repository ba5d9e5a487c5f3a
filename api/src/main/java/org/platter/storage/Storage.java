// SPDX-License-Identifier: Apache-2.0
package org.platter.storage;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Bytes at positions: a file, a LUN, a part of either. Implemented by storage providers and, for compressed or shared
 * blocks, by formats as read-only views. There is no cursor: many threads may call every method at once, and transfers
 * of ranges that do not overlap do not disturb each other. Transfers are whole or fail. Positions and lengths are bytes
 * and never negative. Lives until {@link #close()}; closing twice is allowed.
 */
@ConsumerType
public interface Storage extends Closeable {
    /** Where the bytes are, for messages and maps. A view answers for the storage below it. */
    URI location();

    /**
     * Fills the rest of {@code dst} with the bytes at {@code position}.
     *
     * @throws EOFException if the storage ends before {@code dst} is full
     */
    void read(ByteBuffer dst, long position) throws IOException;

    /** Stores the rest of {@code src} at {@code position}; a write behind the end grows the storage. */
    void write(ByteBuffer src, long position) throws IOException;

    /** Bytes from position 0 to the end. */
    long size() throws IOException;

    /** Cuts the storage, or grows it by bytes that read as zeroes. */
    void resize(long size) throws IOException;

    /** Returns when all bytes written before the call would survive a loss of power. */
    void flush() throws IOException;

    /** True if every write fails. */
    default boolean readOnly() {
        return false;
    }

    /** The first position at or after {@code position} that may hold other bytes than zeroes, else {@link #size()}. */
    default long nextData(long position) throws IOException {
        return Math.min(position, size());
    }

    /** The first position at or after {@code position} from which on bytes are known to be zeroes, else the size. */
    default long nextHole(long position) throws IOException {
        return size();
    }

    /** Bytes that the host keeps for this storage; holes do not count. */
    default long allocatedSize() throws IOException {
        return size();
    }

    /** Makes the range read as zeroes by the cheapest means; grows the storage where the range ends behind its end. */
    default void zero(long position, long length) throws IOException {
        ByteBuffer zeroes = ByteBuffer.allocateDirect((int) Math.min(length, Transfers.CHUNK));
        for (long done = 0; done < length; done += zeroes.limit()) {
            zeroes.clear().limit((int) Math.min(zeroes.capacity(), length - done));
            write(zeroes, position + done);
        }
    }

    /** Tells that the bytes of the range, inside the storage, are no longer wanted: they read as old or zero. */
    default void discard(long position, long length) throws IOException {}

    /**
     * Reserves host space for the range where the host can, and grows the storage to its end. What the range reads as
     * does not change. This default must not run beside writes that grow the storage; one that is to allow that overrides it.
     */
    default void preallocate(long position, long length) throws IOException {
        if (position + length > size()) {
            resize(position + length);
        }
    }

    /** Copies a range of this storage to another, or to a range of this one that does not overlap. */
    default void transferTo(long position, long length, Storage target, long targetPosition) throws IOException {
        Transfers.copy(this, position, length, target, targetPosition);
    }
}
