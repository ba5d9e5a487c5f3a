// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.platter.backend.vhdx.layout.Bytes;
import org.platter.backend.vhdx.layout.Extent;
import org.platter.backend.vhdx.layout.Header;
import org.platter.backend.vhdx.layout.Headers;
import org.platter.backend.vhdx.layout.Locator;
import org.platter.backend.vhdx.layout.Metadata;
import org.platter.backend.vhdx.layout.Regions;
import org.platter.config.Config;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Image;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.storage.Storage;

/** A new image: everything about it is decided before its file is touched. */
final class VhdxCreation {
    private static final Set<ImageFlag> FLAGS = EnumSet.of(ImageFlag.FIXED, ImageFlag.DIFF);
    private static final long MOST_LOG = 1L << 30;
    private static final int CHUNK = 1 << 20;

    private final Header header;
    private final Metadata metadata;
    private final Extent bat;
    private final Extent region;

    VhdxCreation(Config config, ImageSpec spec) throws DiskException {
        for (ImageFlag flag : spec.flags()) {
            if (!FLAGS.contains(flag)) {
                throw new DiskException(ErrorCode.NOT_SUPPORTED, "VHDX: there are no images of variant " + flag);
            }
        }
        long blockSize = config.integer(VhdxBackend.BLOCK_SIZE).orElse(2 << 20);
        if (blockSize < Metadata.LEAST_BLOCK || blockSize > Metadata.MOST_BLOCK || Long.bitCount(blockSize) != 1) {
            throw value(VhdxBackend.BLOCK_SIZE, "a power of two from 1048576 to 268435456", blockSize);
        }
        long sector = config.integer(VhdxBackend.SECTOR_SIZE).orElse(512);
        if (sector != 512 && sector != 4096) {
            throw value(VhdxBackend.SECTOR_SIZE, "512 or 4096", sector);
        }
        long log = config.integer(VhdxBackend.LOG_SIZE).orElse(1 << 20);
        if (log < Bytes.MIB || log > MOST_LOG || log % Bytes.MIB != 0) {
            throw value(VhdxBackend.LOG_SIZE, "a multiple of 1048576 up to " + MOST_LOG, log);
        }
        requireSize(spec.size(), (int) sector);
        boolean fixed = spec.flags().contains(ImageFlag.FIXED);
        Optional<Locator> locator = spec.parent().map(Locator::of);
        metadata = Metadata.own(new Metadata.Facts(spec.size(), blockSize, (int) sector, fixed, spec.uuid()))
                .withParent(locator);
        header = Header.own(spec.modificationUuid(), log, Bytes.MIB);
        region = new Extent("metadata", Bytes.MIB + log, 2 * Bytes.MIB + log);
        bat = table(region.to(), metadata);
    }

    private static DiskException value(String key, String wanted, long found) {
        return new DiskException(ErrorCode.BAD_VALUE, "config key " + key + " wants " + wanted + ", not " + found);
    }

    static void requireSize(long size, int sector) throws DiskException {
        if (size <= 0 || size > Metadata.MOST_SIZE || size % sector != 0) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE,
                    "VHDX: a disk of " + size + " bytes; it must be made of sectors of " + sector
                            + " bytes, and at most " + Metadata.MOST_SIZE);
        }
    }

    /** Where a table for such a disk is if it starts at {@code position}; with room to become a child. */
    static Extent table(long position, Metadata metadata) {
        long entries = VhdxMap.entries(metadata.size(), metadata.blockSize(), metadata.sectorSize(), true);
        return new Extent("block table", position, position + Bytes.up(entries * Long.BYTES, Bytes.MIB));
    }

    Image write(Storage storage) throws IOException {
        storage.resize(bat.to());
        if (metadata.fixed()) {
            long blocks = (metadata.size() + metadata.blockSize() - 1) / metadata.blockSize();
            storage.preallocate(bat.to(), blocks * metadata.blockSize());
            writeTable(storage, blocks);
        }
        storage.write(metadata.bytes(), region.from());
        for (long place : Regions.PLACES) {
            storage.write(Regions.encode(bat, region), place);
        }
        Headers.created(storage, header);
        ByteBuffer first = Bytes.buffer(520).put(VhdxBackend.SIGNATURE);
        first.put("Platter".getBytes(StandardCharsets.UTF_16LE)).clear();
        storage.write(first, 0);
        storage.flush();
        VhdxImage image = VhdxImage.opened(storage, true);
        image.startNew();
        return image;
    }

    private void writeTable(Storage storage, long blocks) throws IOException {
        long ratio = (1L << 23) * metadata.sectorSize() / metadata.blockSize();
        ByteBuffer bytes = Bytes.buffer(CHUNK);
        long at = bat.from();
        for (long block = 0; block < blocks; block++) {
            if (block > 0 && block % ratio == 0) {
                bytes.putLong(0);
            }
            if (bytes.remaining() < 2 * Long.BYTES) {
                storage.write(bytes.flip(), at);
                at += bytes.limit();
                bytes.clear();
            }
            bytes.putLong(bat.to() + block * metadata.blockSize() | VhdxMap.FULL);
        }
        storage.write(bytes.flip(), at);
    }
}
