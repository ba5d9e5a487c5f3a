// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Set;
import org.platter.config.Config;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Geometry;
import org.platter.format.Image;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.format.ParentLink;
import org.platter.storage.Storage;

/** A new image: everything about it is decided before its file is touched. */
final class VhdCreation {
    private static final Set<ImageFlag> FLAGS = EnumSet.of(ImageFlag.FIXED, ImageFlag.DIFF);
    private static final long HEADER_POSITION = VhdFooter.BYTES;
    private static final long TABLE_POSITION = HEADER_POSITION + VhdHeader.BYTES;
    private static final int CHUNK = 1 << 16;

    private final ImageSpec spec;
    private final long blockSize;
    private final long blocks;

    VhdCreation(Config config, ImageSpec spec) throws DiskException {
        this.spec = spec;
        blockSize = config.integer(VhdBackend.BLOCK_SIZE).orElse(2 << 20);
        if (blockSize < VhdHeader.LEAST_BLOCK || blockSize > VhdHeader.MOST_BLOCK || Long.bitCount(blockSize) != 1) {
            throw new DiskException(
                    ErrorCode.BAD_VALUE,
                    "config key " + VhdBackend.BLOCK_SIZE + " wants a power of two from " + VhdHeader.LEAST_BLOCK
                            + " to " + VhdHeader.MOST_BLOCK + ", not " + blockSize);
        }
        for (ImageFlag flag : spec.flags()) {
            if (!FLAGS.contains(flag)) {
                throw new DiskException(ErrorCode.NOT_SUPPORTED, "VHD: there are no images of variant " + flag);
            }
        }
        requireSectors(spec.size());
        blocks = spec.flags().contains(ImageFlag.FIXED) ? 0 : blocks(spec.size(), blockSize);
    }

    /** Refuses a disk that is not made of sectors. */
    static void requireSectors(long size) throws DiskException {
        if (size % VhdMap.SECTOR != 0) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE,
                    "VHD: a disk of " + size + " bytes; it must be made of sectors of " + VhdMap.SECTOR + " bytes");
        }
    }

    /** How many blocks the disk of an image that grows takes; refuses sizes that the format does not have. */
    static long blocks(long size, long blockSize) throws DiskException {
        requireSectors(size);
        if (size > VhdFooter.MOST_SIZE) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE,
                    "VHD: a disk of " + size + " bytes; at most " + VhdFooter.MOST_SIZE
                            + " in an image that grows. Only a fixed one may be larger");
        }
        long blocks = (size + blockSize - 1) / blockSize;
        if (blocks > VhdHeader.MOST_BLOCKS) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE, "VHD: " + blocks + " blocks; the most are " + VhdHeader.MOST_BLOCKS);
        }
        return blocks;
    }

    Image writeFixed(Storage storage) throws IOException {
        VhdFooter footer = footer(VhdFooter.FIXED, -1);
        storage.preallocate(0, spec.size());
        storage.write(footer.encode(), spec.size());
        storage.flush();
        return VhdFixedImage.opened(storage, VhdFooters.created(storage, footer, spec.size()), true);
    }

    Image writeGrowing(Storage storage) throws IOException {
        boolean diff = spec.parent().isPresent();
        VhdFooter footer = footer(diff ? VhdFooter.DIFFERENCING : VhdFooter.DYNAMIC, HEADER_POSITION);
        VhdHeader header = VhdHeader.own(TABLE_POSITION, blocks, blockSize);
        long end = sectors(header.tableEnd());
        ParentLink link = spec.parent().orElse(ParentLink.NONE);
        VhdExtent room = VhdExtent.of(end, VhdParent.room(link));
        VhdParent.Linked linked = VhdParent.linked(header, link, room);
        free(storage, TABLE_POSITION, 0, blocks);
        linked.store(storage);
        storage.write(linked.header().encode(), HEADER_POSITION);
        storage.write(footer.encode(), room.to());
        storage.write(footer.encode(), 0);
        storage.flush();
        return VhdImage.opened(storage, VhdFooters.created(storage, footer, room.to()), linked.header(), true);
    }

    static long sectors(long position) {
        return (position + VhdMap.SECTOR - 1) / VhdMap.SECTOR * VhdMap.SECTOR;
    }

    private VhdFooter footer(int type, long headerPosition) throws DiskException {
        Geometry geometry = spec.physical().isPresent()
                ? VhdGeometry.storable(spec.physical().get())
                : VhdGeometry.of(spec.size());
        return VhdFooter.own(type, headerPosition, spec.size(), spec.uuid(), geometry);
    }

    /** Makes entries from {@code from} on free, up to {@code to} and to the end of its sector. */
    static void free(Storage storage, long tablePosition, long from, long to) throws IOException {
        long start = tablePosition + Integer.BYTES * from;
        long end = sectors(tablePosition + Integer.BYTES * to);
        ByteBuffer ones = ByteBuffer.allocate((int) Math.min(CHUNK, end - start));
        java.util.Arrays.fill(ones.array(), (byte) 0xFF);
        for (long at = start; at < end; at += ones.limit()) {
            ones.clear().limit((int) Math.min(ones.capacity(), end - at));
            storage.write(ones, at);
        }
    }
}
