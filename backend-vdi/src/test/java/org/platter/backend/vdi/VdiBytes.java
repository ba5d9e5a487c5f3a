// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;

/**
 * A VDI file made by hand, from the places in docs/formats/vdi.md and not from the code under test. Starts as a sound
 * image without content; every field can then be made anything.
 */
final class VdiBytes {
    static final String NAME = "disk.vdi";
    static final int FREE = -1;
    static final int ZERO = -2;

    static final int HEADER_SIZE = 0x48;
    static final int TYPE = 0x4C;
    static final int FLAGS = 0x50;
    static final int COMMENT = 0x54;
    static final int MAP_POSITION = 0x154;
    static final int DATA_POSITION = 0x158;
    static final int DISK_SIZE = 0x170;
    static final int BLOCK_SIZE = 0x178;
    static final int EXTRA = 0x17C;
    static final int BLOCKS = 0x180;
    static final int ALLOCATED = 0x184;
    static final int UUID = 0x188;
    static final int MODIFICATION_UUID = 0x198;
    static final int PARENT_UUID = 0x1A8;
    static final int LCHS_SECTOR_SIZE = 0x1D4;

    private final MemoryStorage storage = MemoryStorage.named(NAME);
    private final long mapPosition;
    private final long dataPosition;
    private final int blockSize;
    private final int extra;

    private VdiBytes(long mapPosition, long dataPosition, int blockSize, int extra) {
        this.mapPosition = mapPosition;
        this.dataPosition = dataPosition;
        this.blockSize = blockSize;
        this.extra = extra;
    }

    /** Version 1.1 with a header of 400 bytes, map at 512, data at the next 512. */
    static VdiBytes image(long diskSize, int blockSize) throws IOException {
        return image(diskSize, blockSize, 0);
    }

    /** The same with that many bytes in front of each block. */
    static VdiBytes image(long diskSize, int blockSize, int extra) throws IOException {
        int blocks = (int) ((diskSize + blockSize - 1) / blockSize);
        long dataPosition = 512 + (4L * blocks + 511) / 512 * 512;
        VdiBytes image = new VdiBytes(512, dataPosition, blockSize, extra);
        image.storage.resize(dataPosition);
        image.start(0x00010001).u32(HEADER_SIZE, 0x190).u32(TYPE, 1);
        image.u32(MAP_POSITION, 512).u32(DATA_POSITION, (int) dataPosition).u32(0x168, 512);
        image.u64(DISK_SIZE, diskSize).u32(BLOCK_SIZE, blockSize).u32(EXTRA, extra);
        image.u32(BLOCKS, blocks).u32(ALLOCATED, 0);
        image.u64(UUID, 0x1111).u64(MODIFICATION_UUID, 0x2222).u32(LCHS_SECTOR_SIZE, 512);
        return image.emptyMap(blocks);
    }

    /** Version 0.2: the map at 420, data right behind it, on a sector border after 23, 151, … entries. */
    static VdiBytes image02(long diskSize, int blockSize, int type, int blocks) throws IOException {
        VdiBytes image = new VdiBytes(0x1A4, 0x1A4 + 4L * blocks, blockSize, 0);
        image.storage.resize(image.dataPosition);
        image.start(0x00000002).u32(0x48, type).u32(0x15C, 512);
        image.u64(0x160, diskSize).u32(0x168, blockSize).u32(0x16C, blocks).u32(0x170, 0);
        image.u64(0x174, 0x1111).u64(0x184, 0x2222);
        return image.emptyMap(blocks);
    }

    private VdiBytes start(int version) throws IOException {
        byte[] text = "<<< made by hand >>>\n".getBytes(StandardCharsets.US_ASCII);
        storage.write(ByteBuffer.wrap(text), 0);
        return u32(0x40, 0xBEDA107F).u32(0x44, version);
    }

    private VdiBytes emptyMap(int blocks) throws IOException {
        ByteBuffer map = ByteBuffer.allocate(4 * blocks);
        while (map.hasRemaining()) {
            map.putInt(FREE);
        }
        storage.write(map.flip(), mapPosition);
        return this;
    }

    VdiBytes u32(long position, int value) throws IOException {
        storage.write(little(4).putInt(value).flip(), position);
        return this;
    }

    VdiBytes u64(long position, long value) throws IOException {
        storage.write(little(8).putLong(value).flip(), position);
        return this;
    }

    private static ByteBuffer little(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    VdiBytes entry(int block, int value) throws IOException {
        return u32(mapPosition + 4L * block, value);
    }

    /** Stores a block full of one byte. */
    VdiBytes data(int physical, int fill) throws IOException {
        byte[] bytes = new byte[blockSize];
        java.util.Arrays.fill(bytes, (byte) fill);
        storage.write(ByteBuffer.wrap(bytes), position(physical));
        return this;
    }

    long position(int physical) {
        return dataPosition + (long) physical * (extra + blockSize) + extra;
    }

    VdiBytes size(long bytes) throws IOException {
        storage.resize(bytes);
        return this;
    }

    MemoryStorage storage() {
        return storage;
    }

    MemoryFolder folder() {
        return MemoryFolder.of(NAME, storage);
    }

    static int u32(MemoryStorage storage, long position) throws IOException {
        ByteBuffer bytes = little(4);
        storage.read(bytes, position);
        return bytes.flip().getInt();
    }

    static long u64(MemoryStorage storage, long position) throws IOException {
        ByteBuffer bytes = little(8);
        storage.read(bytes, position);
        return bytes.flip().getLong();
    }
}
