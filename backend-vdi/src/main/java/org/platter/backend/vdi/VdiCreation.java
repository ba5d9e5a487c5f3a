// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import org.platter.config.Config;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.format.ParentLink;
import org.platter.storage.Storage;

/** A new image: everything about it is decided before its file is touched. */
final class VdiCreation {
    private static final Set<ImageFlag> FLAGS = EnumSet.of(ImageFlag.FIXED, ImageFlag.DIFF, ImageFlag.ZERO_EXPAND);

    private static final long LEAST_BLOCK = 4096;
    private static final long LEAST_ALIGNMENT = 512;
    private static final long DEFAULT = 1 << 20;

    private final ImageSpec spec;
    private final long blockSize;
    private final long alignment;

    VdiCreation(Config config, ImageSpec spec) throws DiskException {
        this.spec = spec;
        blockSize = power(config, VdiBackend.BLOCK_SIZE, LEAST_BLOCK);
        alignment = power(config, VdiBackend.ALIGNMENT, LEAST_ALIGNMENT);
        for (ImageFlag flag : spec.flags()) {
            if (!FLAGS.contains(flag)) {
                throw new DiskException(ErrorCode.NOT_SUPPORTED, "VDI: there are no images of variant " + flag);
            }
        }
    }

    private static long power(Config config, String key, long least) throws DiskException {
        long value = config.integer(key).orElse(DEFAULT);
        if (value < least || value > VdiHeader.MOST_BLOCK || Long.bitCount(value) != 1) {
            throw new DiskException(
                    ErrorCode.BAD_VALUE,
                    "config key " + key + " wants a power of two from " + least + " to " + VdiHeader.MOST_BLOCK
                            + ", not " + value);
        }
        return value;
    }

    /** The header of the new image. */
    VdiHeader header() throws DiskException {
        long blocks = VdiSizes.needed(spec.size(), blockSize);
        VdiSizes.check(spec.size(), blocks, 0);
        long map = aligned(VdiHeader.BYTES);
        long data = aligned(map + Integer.BYTES * blocks);
        VdiSizes.check(spec.size(), blocks, data);
        boolean fixed = spec.flags().contains(ImageFlag.FIXED);
        if (fixed) {
            VdiSpace.checkCount(blocks);
        }
        ParentLink link = spec.parent().orElse(ParentLink.NONE);
        return new VdiHeader(
                VdiPreHeader.own(),
                VdiHeader.WITH_LOGICAL,
                fixed ? VdiHeader.FIXED : spec.parent().isPresent() ? VdiHeader.DIFF : VdiHeader.NORMAL,
                spec.flags().contains(ImageFlag.ZERO_EXPAND) ? VdiHeader.ZERO_EXPAND : 0,
                VdiHeader.stored(spec.comment()),
                map,
                data,
                VdiGeometry.UNSET,
                0,
                new VdiSizes(spec.size(), blockSize, 0, blocks, fixed ? blocks : 0),
                new VdiIds(spec.uuid(), spec.modificationUuid(), link.uuid(), link.modificationUuid()),
                VdiGeometry.of(spec.logical()));
    }

    private long aligned(long position) {
        return (position + alignment - 1) / alignment * alignment;
    }

    /** Writes an image without content; the header comes last. */
    static void write(Storage storage, VdiHeader header) throws IOException {
        long blocks = header.sizes().blocks();
        if (header.fixed()) {
            storage.preallocate(header.dataPosition(), header.end(blocks) - header.dataPosition());
            VdiMap.write(storage, header.mapPosition(), 0, blocks, block -> (int) block);
        } else {
            storage.resize(header.dataPosition());
            VdiMap.write(storage, header.mapPosition(), 0, blocks, block -> VdiMap.FREE);
        }
        storage.flush();
        storage.write(header.encode(), 0);
        storage.flush();
    }
}
