// SPDX-License-Identifier: Apache-2.0
package org.platter.format;

import java.io.Closeable;
import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * One open image, as its format sees it. {@link #map} and {@link #info} are called by any number of threads at any time
 * and take no lock; all other methods are called by one thread at a time, while {@code map} goes on. The container sees
 * to it that nobody maps or transfers a range while {@link #remap} changes that range. Lives until {@link #close()}.
 */
@ConsumerType
public interface Image extends Closeable {
    /** A snapshot of everything there is to say about the image; cheap. */
    ImageInfo info();

    /**
     * Where the bytes at {@code offset} are: a run that starts there, as long as it is uniform, at most {@code length}
     * bytes. Adjacent blocks that lie adjacent in one storage may be one run.
     *
     * @param offset from 0 to the size, exclusive
     * @param length more than 0; {@code offset + length} is at most the size
     * @throws IOException if the table is damaged there; never invents zeroes
     */
    Run map(long offset, long length) throws IOException;

    /**
     * Reserves storage for the block at {@code offset}, and for as many of the next as {@code length} asks for and lie
     * adjacent. The answer starts at the block's first byte, ends at a block's last byte or at the disk's end, may be
     * shorter or, by rounding to blocks, longer than asked. Nobody sees the storage until {@link #remap}. What the
     * storage holds is undefined: the caller writes all of it. Reserved storage that is not made visible is given back
     * by the next {@link #flush}. The position found lowest is handed out first.
     *
     * <p>An image that notes which sectors of a block it has may answer with the sectors of 512 bytes that were asked
     * for only, within one block, and where the block has storage already with their place in there.
     *
     * @throws IOException {@code READ_ONLY}, {@code DISK_FULL}, or {@code BAD_SIZE} if the format has no room left
     */
    default Run.Data allocate(long offset, long length) throws IOException {
        throw new DiskException(ErrorCode.NOT_SUPPORTED, "this image cannot allocate");
    }

    /**
     * Makes a run what {@link #map} answers: data that {@link #allocate} reserved, or whole blocks of zero or free (the
     * last block of the disk counts as whole). An image without zero marks refuses {@link Run.Zero} with
     * {@code NOT_SUPPORTED}; a base image may turn zero into free. Storage let go is not handed out again before the
     * next {@link #flush}. The change is durable after that flush.
     */
    default void remap(Run run) throws IOException {
        throw new DiskException(ErrorCode.NOT_SUPPORTED, "this image cannot change its map");
    }

    /** Changes what is present in {@code attributes}, durable after the next {@link #flush}. */
    default void update(ImageAttributes attributes) throws IOException {
        throw new DiskException(ErrorCode.NOT_SUPPORTED, "this image stores no attributes");
    }

    /**
     * Changes the size of the disk; new bytes are free, or zeroes where the format has no free. Durable on return, and
     * a crash in between leaves the old or the new size.
     *
     * @throws IOException {@code NOT_SUPPORTED} for shrinking where the format does not shrink
     */
    default void resize(long size) throws IOException {
        throw new DiskException(ErrorCode.NOT_SUPPORTED, "this image cannot be resized");
    }

    /**
     * Compares all structures and reports every contradiction and leak. Changes nothing. Takes time and memory in
     * proportion to what is in the files, whatever numbers they claim. Other calls may come in between where
     * {@link Progress#advance} is called; what they change must not be reported as a fault.
     */
    default CheckReport check(Progress progress) throws IOException {
        throw new DiskException(ErrorCode.NOT_SUPPORTED, "this image cannot be checked");
    }

    /**
     * Mends what {@link #check} finds; gives the findings with what became of them. In {@link RepairMode#SAFE} what
     * cannot be mended without a loss stays as it is, and its finding says what {@link RepairMode#LOSSY} would lose.
     * Nobody else uses the image meanwhile.
     */
    default CheckReport repair(RepairMode mode, Progress progress) throws IOException {
        throw new DiskException(ErrorCode.NOT_SUPPORTED, "this image cannot be repaired");
    }

    /**
     * Makes all that was transferred to the image's storages and all changes of its map durable: data before the map
     * that names it, each flushed in turn. Gives back storage that is reserved but not visible, and cuts free storage
     * off the end. Does nothing on a read-only image.
     */
    default void flush() throws IOException {}

    /** Lets go of everything but the storages of the context; does not flush. */
    @Override
    void close() throws IOException;
}
