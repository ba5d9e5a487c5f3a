// SPDX-License-Identifier: Apache-2.0
package org.platter.disk;

import java.io.Closeable;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.osgi.annotation.versioning.ProviderType;
import org.platter.error.DiskException;
import org.platter.format.CheckReport;
import org.platter.format.RepairMode;

/**
 * A disk: a chain of images, the base first, of which the last takes all writes. Made by {@link DiskManager#newDisk},
 * lives until {@link #close()}. Implemented by the platform; safe for use by many threads.
 *
 * <p>Offsets and lengths are bytes and multiples of {@value #SECTOR}; anything else, a length of 0 and a range outside
 * the disk included, is an {@link IllegalArgumentException}. Every other failure is a {@link DiskException}:
 * {@code NOT_OPENED} while the disk has no image, {@code READ_ONLY} for changes of a read-only last image,
 * {@code BACKEND_GONE} if a format has left and none came within {@link DiskOptions#swapTimeout()}.
 */
@ProviderType
public interface VirtualDisk extends Closeable {
    /** The unit of offsets and lengths, bytes. */
    int SECTOR = 512;

    /** What the disk was made with. */
    DiskOptions options();

    /** Its images, base first; empty at the start. */
    List<Layer> layers();

    /** The last image. */
    default Layer last() throws DiskException {
        List<Layer> layers = layers();
        if (layers.isEmpty()) {
            throw new DiskException(
                    org.platter.error.ErrorCode.NOT_OPENED, "the disk has no image; open or create one first");
        }
        return layers.get(layers.size() - 1);
    }

    /** Bytes of the disk: of its last image, or 0 without images. */
    long size();

    /** True without images, or if the last one is read-only. */
    boolean readOnly();

    /**
     * Opens one image on top of those there. Falls back to reading only where writing is not allowed or somebody else
     * writes. The image below becomes read-only. {@link OpenRequest#parents()} is ignored.
     *
     * @throws DiskException {@code BAD_TYPE} for a differencing image at the bottom or a fixed one above, {@code
     *     UUID_MISMATCH} if child and parent do not belong together
     */
    Layer open(OpenRequest request) throws DiskException;

    /**
     * Opens an image and below it all its parents, in an empty disk. Parents are those of the request, else found by the
     * hint in the image, else by UUID in the image's folder and the search folders.
     */
    Layer openChain(OpenRequest request) throws DiskException;

    /** Makes a base image in an empty disk, or a differencing image on top of the last one. */
    Layer create(CreateRequest request) throws DiskException;

    /** Fills the rest of {@code dst} from the disk. */
    void read(ByteBuffer dst, long offset) throws DiskException;

    /** Stores the rest of {@code src} to the disk. */
    void write(ByteBuffer src, long offset) throws DiskException;

    /** Tells that the range is no longer wanted: whole blocks in it become zero or free where the image can. */
    void discard(long offset, long length) throws DiskException;

    /** Makes the range read as zeroes, without storing them where the image can. */
    void zero(long offset, long length) throws DiskException;

    /** Returns when everything written before survives a loss of power. */
    void flush() throws DiskException;

    /** {@link #read} into the rest of several buffers, in order; they belong to the disk until completion. */
    CompletableFuture<Void> readAsync(List<ByteBuffer> dst, long offset);

    /** {@link #write} of the rest of several buffers, in order; they belong to the disk until completion. */
    CompletableFuture<Void> writeAsync(List<ByteBuffer> src, long offset);

    /** {@link #discard} without waiting. */
    CompletableFuture<Void> discardAsync(long offset, long length);

    /** {@link #zero} without waiting. */
    CompletableFuture<Void> zeroAsync(long offset, long length);

    /** {@link #flush} without waiting; covers what had completed before the call. */
    CompletableFuture<Void> flushAsync();

    /** What the range consists of, in order and without gaps; neighbours of one kind and place are one entry. */
    Stream<MapEntry> map(long offset, long length) throws DiskException;

    /** Writes the images {@code from} … next to {@code into} into {@code into}, and deletes them. */
    Job<Void> merge(Layer from, Layer into);

    /** Copies what the disk reads as, seen from {@code layer}, to another disk. */
    Job<Layer> copy(Layer layer, CopyRequest request);

    /** Moves an image to another place, with all its files; it stays open. */
    Job<Void> move(Layer layer, URI location);

    /**
     * Gives the last image another parent. Safe keeps what the disk reads as; {@link RebaseMode#RELINK} only changes
     * the link. An empty request makes the last image a base.
     */
    Job<Void> rebase(Optional<OpenRequest> parent, RebaseMode mode);

    /** Gives back storage of blocks that are zero or read the same from the images below. */
    Job<Void> compact(Layer layer);

    /** Changes the size of the last image. */
    Job<Void> resize(long size);

    /** Looks for faults in one image. */
    Job<CheckReport> check(Layer layer);

    /** Looks for faults in one image and mends what can be mended without giving up anything. */
    default Job<CheckReport> repair(Layer layer) {
        return repair(layer, RepairMode.SAFE);
    }

    /** Looks for faults in one image and mends them, as far as the mode lets it go. */
    Job<CheckReport> repair(Layer layer, RepairMode mode);

    /** Compares what two disks read as, up to the longer one; what one lacks counts as zeroes. */
    Job<Comparison> compare(VirtualDisk other);

    /** How large an image of this disk's content would be. */
    Job<Measure> measure(CreateRequest target);

    /** Closes the last image; the one below gets back the flags its caller asked for. */
    void closeLast(Disposal disposal) throws DiskException;

    /** Waits for requests under way, flushes and closes all images, the last first. Closing twice is allowed. */
    @Override
    void close() throws DiskException;

    /** How {@link #rebase} changes a parent. */
    enum RebaseMode {
        /** What the disk reads as stays. */
        SAFE,
        /** Only the link in the image changes. */
        RELINK
    }

    /** What becomes of the files of an image that is closed. */
    enum Disposal {
        /** They stay. */
        KEEP,
        /** The image's own files are deleted, never a device. */
        DELETE
    }
}
