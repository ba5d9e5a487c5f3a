// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;

/** An image made by hand, byte by byte, independently of the code under test. All numbers are big-endian. */
final class VhdBytes {
    static final String NAME = "disk.vhd";
    static final int HEADER = 512;
    static final int TABLE = 1536;
    static final int FREE = -1;

    static final int F_HEADER = 0x10;
    static final int F_SIZE = 0x30;
    static final int F_TYPE = 0x3C;
    static final int F_SUM = 0x40;
    static final int F_ID = 0x44;
    static final int F_SAVED = 0x54;
    static final int H_TABLE = 0x10;
    static final int H_VERSION = 0x18;
    static final int H_ENTRIES = 0x1C;
    static final int H_BLOCK = 0x20;
    static final int H_SUM = 0x24;
    static final int H_PARENT = 0x28;
    static final int H_NAME = 0x40;
    static final int H_LOCATORS = 0x240;

    final ByteBuffer footer = ByteBuffer.allocate(512);
    final ByteBuffer header = ByteBuffer.allocate(1024);
    private byte[] bytes;
    private final int blockSize;

    /** A dynamic image of free blocks; {@code fileSize} bytes with the footer. */
    VhdBytes(long size, int blockSize, int fileSize) {
        this.blockSize = blockSize;
        bytes = new byte[fileSize];
        footer.putLong(0, 0x636F6E6563746978L).putInt(0x08, 2).putInt(0x0C, 0x10000);
        footer.putLong(F_HEADER, HEADER).putInt(0x1C, 0x77696E20);
        footer.putLong(0x28, size).putLong(F_SIZE, size);
        footer.putShort(0x38, (short) 301).put(0x3A, (byte) 4).put(0x3B, (byte) 17);
        footer.putInt(F_TYPE, 3).putLong(F_ID, 1).putLong(F_ID + 8, 2);
        header.putLong(0, 0x6378737061727365L).putLong(8, -1).putLong(H_TABLE, TABLE);
        int blocks = (int) ((size + blockSize - 1) / blockSize);
        header.putInt(H_VERSION, 0x10000).putInt(H_ENTRIES, blocks).putInt(H_BLOCK, blockSize);
        Arrays.fill(bytes, TABLE, TABLE + (4 * blocks + 511) / 512 * 512, (byte) 0xFF);
    }

    /** Makes it a differencing image. */
    VhdBytes on(UUID parent) {
        footer.putInt(F_TYPE, 4);
        header.putLong(H_PARENT, parent.getMostSignificantBits())
                .putLong(H_PARENT + 8, parent.getLeastSignificantBits());
        return this;
    }

    VhdBytes u32(int position, int value) {
        ByteBuffer.wrap(bytes).putInt(position, value);
        return this;
    }

    /** Puts a block at a sector, filled with one byte, with that first byte in its bitmap and zeroes in the rest. */
    VhdBytes block(int number, int sector, int bits, int fill) {
        u32(TABLE + 4 * number, sector);
        int data = sector * 512 + Math.max(512, (blockSize / 4096 + 511) / 512 * 512);
        Arrays.fill(bytes, sector * 512, data, (byte) 0);
        bytes[sector * 512] = (byte) bits;
        Arrays.fill(bytes, data, data + blockSize, (byte) fill);
        return this;
    }

    VhdBytes put(int position, byte[] piece) {
        System.arraycopy(piece, 0, bytes, position, piece.length);
        return this;
    }

    /** The complement of the sum of all bytes, with the sum's own four taken as zero. */
    static void seal(ByteBuffer structure, int sumAt) {
        structure.putInt(sumAt, 0);
        int sum = 0;
        for (byte each : structure.array()) {
            sum += each & 0xFF;
        }
        structure.putInt(sumAt, ~sum);
    }

    /** The file with header and footers, checksums right. */
    byte[] sealed() {
        seal(footer, F_SUM);
        seal(header, H_SUM);
        return raw();
    }

    /** The file with header and footers as they are. */
    byte[] raw() {
        byte[] file = bytes.clone();
        System.arraycopy(footer.array(), 0, file, 0, 512);
        System.arraycopy(header.array(), 0, file, HEADER, 1024);
        System.arraycopy(footer.array(), 0, file, file.length - 512, 512);
        return file;
    }

    MemoryFolder folder() throws IOException {
        return MemoryFolder.of(NAME, sealed());
    }

    static int u32(MemoryStorage storage, long position) throws IOException {
        return ByteBuffer.wrap(storage.bytes(position, 4)).getInt();
    }
}
